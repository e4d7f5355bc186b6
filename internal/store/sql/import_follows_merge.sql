-- Merges the staged lines $1 <= line < $2; rows without a time get $3. Returns how many follows are new.
-- Unless told that follows may repeat, it fails where one does.
--
-- Only a row that really appeared moves counters, in the same transaction: counts equal the rows at
-- every commit. Locks are taken in the order of every other writer, follows first, then counters by
-- user_id in byte order, so that live writers wait for a chunk but rarely deadlock with it.
WITH added AS (
    INSERT INTO user_follows (follower_id, following_id, created_at)
    SELECT follower_id, following_id, coalesce(created_at, $3::timestamptz)
    FROM pg_temp.import_follows
    WHERE line >= $1 AND line < $2
    ORDER BY line
    {{if .MayRepeat}}ON CONFLICT (follower_id, following_id) DO NOTHING{{end}}
    RETURNING follower_id, following_id
), moves AS (
    SELECT user_id, sum(followers) AS followers, sum(followings) AS followings
    FROM (
        SELECT following_id AS user_id, 1 AS followers, 0 AS followings FROM added
        UNION ALL
        SELECT follower_id, 0, 1 FROM added
    ) AS ends
    GROUP BY user_id
), moved AS (
    INSERT INTO user_follow_stats AS stats (user_id, followers_count, followings_count, updated_at)
    SELECT user_id, followers, followings, now() FROM moves ORDER BY user_id COLLATE "C"
    ON CONFLICT (user_id) DO UPDATE SET
        followers_count  = stats.followers_count + excluded.followers_count,
        followings_count = stats.followings_count + excluded.followings_count,
        updated_at       = excluded.updated_at
)
SELECT count(*) FROM added;
