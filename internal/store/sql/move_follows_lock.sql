-- Locks the follows from and to $1, and the existing follows that they become when $1 is replaced by $2, in the order
-- of store/lock.go.
WITH mine AS MATERIALIZED (
    SELECT follower_id, following_id FROM user_follows WHERE follower_id = $1
    UNION
    SELECT follower_id, following_id FROM user_follows WHERE following_id = $1
), locked AS MATERIALIZED (
    SELECT found.id
    FROM (
        SELECT follower_id COLLATE "C" AS follower_id, following_id COLLATE "C" AS following_id
        FROM (
            SELECT follower_id, following_id FROM mine
            UNION
            SELECT CASE follower_id WHEN $1 THEN $2 ELSE follower_id END, CASE following_id WHEN $1 THEN $2 ELSE following_id END FROM mine
        ) AS keys
        ORDER BY follower_id COLLATE "C", following_id COLLATE "C" OFFSET 0
    ) k
    CROSS JOIN LATERAL (
        SELECT id FROM user_follows WHERE follower_id = k.follower_id AND following_id = k.following_id LIMIT 1 FOR UPDATE
    ) found
)
SELECT count(*) FROM locked
