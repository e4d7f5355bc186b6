-- A page of all users for each key, in the order of their usernames: bytewise over lower case, so that the
-- order is the same whatever the database's collation, and the search index serves it.
SELECT k.ord, f.other, f.name, f.id, {{template "account columns" .}}
FROM unnest($1::text[], $2::bigint[], $3::int[], $4::bool[], $5::bool[])
     WITH ORDINALITY AS k (name, id, most, users, counts, ord)
CROSS JOIN LATERAL (
    SELECT other, name, id, row_number() OVER () AS n
    FROM (
        SELECT cognito_id AS other, lower(username) COLLATE "C" AS name, id
        FROM users
        WHERE (lower(username) COLLATE "C", id) {{.Beyond}} (k.name, k.id)
        ORDER BY lower(username) COLLATE "C" {{.Order}}, id {{.Order}}
        LIMIT k.most
    ) page
) f
{{template "account joins" .}}
