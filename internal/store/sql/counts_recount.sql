-- Sets the counts of the users $1, which are locked, to the number of rows. Returns the changed ones with their
-- previous values.
WITH counted AS MATERIALIZED (
    SELECT
        k.id,
        (SELECT count(*) FROM user_follows WHERE following_id = k.id) AS followers,
        (SELECT count(*) FROM user_follows WHERE follower_id = k.id) AS followings,
        stats.followers_count,
        stats.followings_count
    FROM unnest($1::varchar[]) AS k (id)
    CROSS JOIN LATERAL (SELECT * FROM user_follow_stats WHERE user_id = k.id LIMIT 1) AS stats
), changed AS (
    UPDATE user_follow_stats AS stats
    SET followers_count = counted.followers, followings_count = counted.followings, updated_at = now()
    FROM counted
    WHERE stats.user_id = counted.id
      AND (counted.followers_count, counted.followings_count) <> (counted.followers, counted.followings)
    RETURNING counted.id, counted.followers, counted.followings, counted.followers_count, counted.followings_count
)
SELECT * FROM changed
