-- Locks the counts of $1 and $2, and of the users who follow both or are followed by both, in the order of
-- store/lock.go, and creates the missing ones. DO UPDATE locks a row even if its condition leaves the row unchanged.
INSERT INTO user_follow_stats AS stats (user_id)
SELECT user_id
FROM (
    SELECT unnest(ARRAY[$1::varchar, $2::varchar]) AS user_id
    UNION
    SELECT f.following_id FROM user_follows AS f
    WHERE f.follower_id = $1 AND EXISTS (SELECT FROM user_follows WHERE follower_id = $2 AND following_id = f.following_id)
    UNION
    SELECT f.follower_id FROM user_follows AS f
    WHERE f.following_id = $1 AND EXISTS (SELECT FROM user_follows WHERE following_id = $2 AND follower_id = f.follower_id)
) AS ends
ORDER BY user_id COLLATE "C"
ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at WHERE false
