-- The accounts with these Cognito ids, each with its counts if the key requests them: one or two index lookups per key.
-- OFFSET 0 keeps the planner from a join, which could read all users for many keys.
SELECT k.ord, u.cognito_id, {{template "account columns" .}}
FROM unnest($1::varchar[], $2::bool[]) WITH ORDINALITY AS k (value, counts, ord)
CROSS JOIN LATERAL (
    SELECT cognito_id, {{template "account sources" .}}
    FROM users
    WHERE cognito_id = k.value
    OFFSET 0
) u
LEFT JOIN LATERAL (
    SELECT followers_count, followings_count, updated_at
    FROM user_follow_stats
    WHERE k.counts AND user_id = u.cognito_id
    OFFSET 0
) s ON true
