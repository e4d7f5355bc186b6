-- Turns the follows of $1, which are all locked, into follows of $2. Removes the follows between $1 and $2, and those
-- that $2 has already, which keep the older time. Returns by how much counts change.
--
-- Each row is changed once: the rows that are moved, removed and set to the older time are disjoint. They are found by
-- arrays of their numbers, so no plan reads the whole table.
WITH mine AS MATERIALIZED (
    SELECT
        id, follower_id, following_id, created_at,
        CASE follower_id WHEN $1 THEN $2 ELSE follower_id END AS new_follower_id,
        CASE following_id WHEN $1 THEN $2 ELSE following_id END AS new_following_id
    FROM (
        SELECT * FROM user_follows WHERE follower_id = $1
        UNION ALL
        SELECT * FROM user_follows WHERE following_id = $1 AND follower_id <> $1
    ) AS found
), judged AS MATERIALIZED (
    SELECT mine.*, known.id AS known_id, known.created_at AS known_at
    FROM mine
    LEFT JOIN LATERAL (
        SELECT id, created_at FROM user_follows AS follow
        WHERE follow.follower_id = new_follower_id AND follow.following_id = new_following_id AND new_follower_id <> new_following_id
        LIMIT 1
    ) AS known ON true
), older AS (
    UPDATE user_follows AS follow SET created_at = judged.created_at
    FROM judged
    WHERE follow.id = ANY (ARRAY(SELECT known_id FROM judged WHERE created_at < known_at))
      AND follow.id = judged.known_id
), gone AS (
    DELETE FROM user_follows AS follow
    WHERE follow.id = ANY (ARRAY(SELECT id FROM judged WHERE known_id IS NOT NULL OR new_follower_id = new_following_id))
    RETURNING follow.follower_id, follow.following_id
), moved AS (
    UPDATE user_follows AS follow SET
        follower_id = CASE follower_id WHEN $1 THEN $2 ELSE follower_id END,
        following_id = CASE following_id WHEN $1 THEN $2 ELSE following_id END
    WHERE follow.id = ANY (ARRAY(SELECT id FROM judged WHERE known_id IS NULL AND new_follower_id <> new_following_id))
    RETURNING follow.follower_id
), counted AS (
    SELECT
        count(*) FILTER (WHERE follower_id = $2) AS followings,
        count(*) FILTER (WHERE follower_id <> $2) AS followers
    FROM moved
)
SELECT user_id, sum(followers)::bigint, sum(followings)::bigint
FROM (
    SELECT following_id AS user_id, -1 AS followers, 0 AS followings FROM gone
    UNION ALL
    SELECT follower_id, 0, -1 FROM gone
    UNION ALL
    SELECT $2, followers, followings FROM counted
) AS ends
WHERE user_id <> $1
GROUP BY user_id
