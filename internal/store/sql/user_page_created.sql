-- A page of all users for each key, in the order of their creation.
SELECT k.ord, f.other, f.created_at, f.id, {{template "account columns" .}}
FROM unnest($1::timestamptz[], $2::bigint[], $3::int[], $4::bool[], $5::bool[])
     WITH ORDINALITY AS k (at, id, most, users, counts, ord)
CROSS JOIN LATERAL (
    SELECT other, created_at, id, row_number() OVER () AS n
    FROM (
        SELECT cognito_id AS other, created_at, id
        FROM users
        WHERE (created_at, id) {{.Beyond}} (k.at, k.id)
        ORDER BY created_at {{.Order}}, id {{.Order}}
        LIMIT k.most
    ) page
) f
{{template "account joins" .}}
