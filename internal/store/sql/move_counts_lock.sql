-- Locks the counts of $1 and $2, and those of whom both follow, or who follow both, in the order that store/lock.go says;
-- makes those that are missing. DO UPDATE locks a row also where its condition says to leave it as it is.
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
