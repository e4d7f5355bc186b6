-- The accounts with these Cognito ids or usernames, each with its counts where the key wants them. LATERAL with LIMIT
-- keeps it one index lookup a key: a join could read all users once there are many keys.
SELECT k.ord, u.cognito_id, u.username, u.firstname, u.lastname, u.avatar, u.role::text, u.created_at, u.updated_at,
       coalesce(s.followers_count, 0), coalesce(s.followings_count, 0), s.updated_at
FROM unnest($1::varchar[], $2::bool[]) WITH ORDINALITY AS k (value, counts, ord)
CROSS JOIN LATERAL (SELECT * FROM users WHERE {{.Column}} = k.value LIMIT 1) u
LEFT JOIN LATERAL (
    SELECT * FROM user_follow_stats WHERE k.counts AND user_id = u.cognito_id LIMIT 1
) s ON true
