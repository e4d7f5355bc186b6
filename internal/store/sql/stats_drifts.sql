-- The counts that differ from the rows, with both values. stored is whether there is a row of counts. A user without
-- follows needs none.
SELECT
    coalesce(counted.user_id, stats.user_id) AS user_id,
    coalesce(counted.followers, 0)::bigint AS followers,
    coalesce(counted.followings, 0)::bigint AS followings,
    stats.user_id IS NOT NULL AS stored,
    coalesce(stats.followers_count, 0) AS followers_count,
    coalesce(stats.followings_count, 0) AS followings_count
FROM (
    SELECT user_id, sum(followers) AS followers, sum(followings) AS followings
    FROM (
        SELECT following_id AS user_id, count(*) AS followers, 0 AS followings
        FROM user_follows GROUP BY following_id
        UNION ALL
        SELECT follower_id, 0, count(*) FROM user_follows GROUP BY follower_id
    ) AS sides
    GROUP BY user_id
) AS counted
FULL JOIN user_follow_stats AS stats ON stats.user_id = counted.user_id
WHERE (counted.user_id IS NOT NULL AND stats.user_id IS NULL)
    OR coalesce(counted.followers, 0) <> stats.followers_count
    OR coalesce(counted.followings, 0) <> stats.followings_count
ORDER BY coalesce(counted.user_id, stats.user_id) COLLATE "C"
