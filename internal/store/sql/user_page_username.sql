-- A page of all users for each key, in the order of their usernames: bytewise over lower case, so that the
-- order is the same whatever the database's collation, and the search index serves it.
SELECT k.ord, u.cognito_id, u.name, u.id
FROM unnest($1::text[], $2::bigint[], $3::int[]) WITH ORDINALITY AS k (name, id, most, ord)
CROSS JOIN LATERAL (
    SELECT cognito_id, lower(username) COLLATE "C" AS name, id
    FROM users
    WHERE (lower(username) COLLATE "C", id) {{.Beyond}} (k.name, k.id)
    ORDER BY lower(username) COLLATE "C" {{.Order}}, id {{.Order}}
    LIMIT k.most
) u
