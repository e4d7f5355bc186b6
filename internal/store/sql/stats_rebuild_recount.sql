-- Sets the counts of the staged lines $1 <= line < $2, which are locked, to the number of rows.
UPDATE user_follow_stats AS stats
SET followers_count = counted.followers, followings_count = counted.followings, updated_at = now()
FROM (
    SELECT
        user_id,
        (SELECT count(*) FROM user_follows WHERE following_id = drifts.user_id) AS followers,
        (SELECT count(*) FROM user_follows WHERE follower_id = drifts.user_id) AS followings
    FROM pg_temp.stats_drifts AS drifts
    WHERE line >= $1 AND line < $2
) AS counted
WHERE stats.user_id = counted.user_id
    AND (stats.followers_count, stats.followings_count) IS DISTINCT FROM (counted.followers, counted.followings);
