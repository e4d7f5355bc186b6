-- The accounts that these usernames name, each with its counts if the key requests them: two to five index lookups per
-- key. For OFFSET 0 see users.sql.
SELECT k.ord, u.cognito_id, {{template "account columns" .}}
FROM unnest($1::varchar[], $2::varchar[], $3::bool[]) WITH ORDINALITY
     AS k (value, composed, counts, ord)
CROSS JOIN LATERAL (
    SELECT cognito_id, {{template "account sources" .}}
    FROM users
    WHERE id = {{template "id by username"}}
    OFFSET 0
) u
LEFT JOIN LATERAL (
    SELECT followers_count, followings_count, updated_at
    FROM user_follow_stats
    WHERE k.counts AND user_id = u.cognito_id
    OFFSET 0
) s ON true
