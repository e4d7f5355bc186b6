-- A page of all users for each key, in the order of their creation.
SELECT k.ord, u.cognito_id, u.created_at, u.id
FROM unnest($1::timestamptz[], $2::bigint[], $3::int[]) WITH ORDINALITY AS k (at, id, most, ord)
CROSS JOIN LATERAL (
    SELECT cognito_id, created_at, id
    FROM users
    WHERE (created_at, id) {{.Beyond}} (k.at, k.id)
    ORDER BY created_at {{.Order}}, id {{.Order}}
    LIMIT k.most
) u
