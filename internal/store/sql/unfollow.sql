-- Removes the follows $1[n] → $2[n]. No pair may occur twice. Returns when each removed follow had begun.
--
-- It waits for a lock at most $3 milliseconds; if $3 is null, the session's timeout applies (see follow.sql).
--
-- Locks are taken in the order of store/lock.go, before DELETE and UPDATE, which guarantee no order. If a count changed
-- after this statement began, UPDATE uses its newest version, which the lock keeps from changing.
--
-- No count may be negative (ck_user_follow_stats_followers_count). The statement fails if another program has left a
-- count too low, or if the row of a count is missing: see counts_repair.go.
WITH patience AS MATERIALIZED (
    SELECT set_config('lock_timeout', coalesce($3, current_setting('lock_timeout')), true), set_config('followgraph.writer', 'own', true)
), doomed AS MATERIALIZED (
    SELECT k.ord, found.id
    FROM (
        SELECT k.* FROM patience, unnest($1::varchar[], $2::varchar[]) WITH ORDINALITY AS k (follower_id, following_id, ord)
        ORDER BY follower_id COLLATE "C", following_id COLLATE "C" OFFSET 0
    ) k
    CROSS JOIN LATERAL (
        SELECT id FROM user_follows WHERE follower_id = k.follower_id AND following_id = k.following_id LIMIT 1 FOR UPDATE
    ) found
), removed AS (
    DELETE FROM user_follows f USING doomed
    WHERE f.id = doomed.id
    RETURNING doomed.ord, f.follower_id, f.following_id, f.created_at
), moves AS MATERIALIZED (
    SELECT user_id, sum(followers)::bigint AS followers, sum(followings)::bigint AS followings
    FROM (
        SELECT following_id AS user_id, 1 AS followers, 0 AS followings FROM removed
        UNION ALL
        SELECT follower_id, 0, 1 FROM removed
    ) AS ends
    GROUP BY user_id
), counts AS MATERIALIZED (
    SELECT stats.user_id, moves.followers, moves.followings
    FROM (SELECT * FROM moves ORDER BY user_id COLLATE "C" OFFSET 0) AS moves
    CROSS JOIN LATERAL (
        SELECT user_id FROM user_follow_stats WHERE user_id = moves.user_id LIMIT 1 FOR NO KEY UPDATE
    ) AS stats
), moved AS (
    UPDATE user_follow_stats AS stats SET
        followers_count  = stats.followers_count - counts.followers,
        followings_count = stats.followings_count - counts.followings,
        updated_at       = now()
    FROM counts
    WHERE stats.user_id = counts.user_id
), amiss AS (
    INSERT INTO user_follow_stats (user_id, followers_count, followings_count)
    SELECT user_id, -followers, -followings FROM moves
    WHERE user_id NOT IN (SELECT user_id FROM counts)
)
SELECT ord, created_at FROM removed
