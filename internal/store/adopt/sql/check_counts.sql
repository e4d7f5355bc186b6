-- $1: a bit mask. Only ids whose hash has none of these bits are counted: 31 selects one of 32 ids, 0 all. Self-follows
-- do not count. Ids are compared by their bytes.
WITH counted AS (
  SELECT user_id, sum(followers)::bigint AS followers, sum(followings)::bigint AS followings
  FROM (
    SELECT following_id::text COLLATE "C" AS user_id, count(*) AS followers, 0 AS followings FROM __FOLLOWS__
    WHERE follower_id <> following_id AND ($1::integer = 0 OR hashtext(following_id::text) & $1::integer = 0) GROUP BY 1
    UNION ALL
    SELECT follower_id::text COLLATE "C", 0, count(*) FROM __FOLLOWS__
    WHERE follower_id <> following_id AND ($1::integer = 0 OR hashtext(follower_id::text) & $1::integer = 0) GROUP BY 1
  ) AS ends
  GROUP BY user_id
)
SELECT
  count(*) FILTER (WHERE s.user_id IS NULL),
  count(*) FILTER (WHERE s.user_id IS NOT NULL
    AND (s.followers_count, s.followings_count) IS DISTINCT FROM (coalesce(c.followers, 0), coalesce(c.followings, 0)))
FROM counted AS c
FULL JOIN (SELECT * FROM __STATS__ WHERE $1::integer = 0 OR hashtext(user_id::text) & $1::integer = 0) AS s ON s.user_id::text COLLATE "C" = c.user_id
