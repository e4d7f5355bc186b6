-- A page of all users for each key, in the order of their usernames: byte by byte over the folded form, so that the
-- order does not depend on the database's collation and the search index serves it.
SELECT k.ord, f.other, f.name, f.id, {{template "account columns" .}}
FROM unnest($1::text[], $2::bigint[], $3::int[], $4::bool[], $5::bool[])
     WITH ORDINALITY AS k (name, id, most, users, counts, ord)
CROSS JOIN LATERAL (
    SELECT other, name, id, row_number() OVER () AS n
    FROM (
        SELECT cognito_id AS other, {{template "search key" "(username)"}} AS name, id
        FROM users
        WHERE ({{template "search key" "(username)"}}, id) {{.Beyond}} (k.name, k.id)
        ORDER BY {{template "search key" "(username)"}} {{.Order}}, id {{.Order}}
        LIMIT k.most
    ) page
) f
{{template "account joins" .}}
