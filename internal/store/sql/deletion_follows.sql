-- The oldest follows from and to the account $1, at most $2, while its deletion is in progress. Once the deletion has
-- ended, a new account may have that id.
SELECT f.follower_id, f.following_id
FROM user_follow_stats AS stats
CROSS JOIN unnest(ARRAY[$2::int]) AS k (most)
CROSS JOIN LATERAL (
    (SELECT follower_id, following_id FROM user_follows WHERE follower_id = $1 ORDER BY created_at, id LIMIT k.most)
    UNION ALL
    (SELECT follower_id, following_id FROM user_follows WHERE following_id = $1 ORDER BY created_at, id LIMIT k.most)
    LIMIT k.most
) AS f
WHERE stats.user_id = $1 AND stats.deleted_at IS NOT NULL
