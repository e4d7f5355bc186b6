-- The oldest follows from and to the account $1, $2 of them at most, as long as its deletion is under way: once it has
-- ended, somebody may have made an account with that id again.
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
