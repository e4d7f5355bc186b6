-- Stages the users whose counts differ from the rows, in the order in which writers lock counts: all that have a follow and no row,
-- and all whose row says something else, or nothing.
--
-- The ids keep the default collation, as a parameter has: compared with a column of any collation, they take the column's, and so
-- its index.
DROP TABLE IF EXISTS pg_temp.followgraph_drifts;
CREATE TEMPORARY TABLE followgraph_drifts AS
SELECT coalesce(counted.id, stats.user_id::varchar COLLATE "C") COLLATE "default" AS id
FROM (
  SELECT id, sum(followers) AS followers, sum(followings) AS followings
  FROM (
    SELECT following_id::varchar COLLATE "C" AS id, count(*) AS followers, 0 AS followings FROM {{.Schema}}.user_follows GROUP BY following_id
    UNION ALL SELECT follower_id::varchar COLLATE "C", 0, count(*) FROM {{.Schema}}.user_follows GROUP BY follower_id
  ) AS sides
  WHERE id IS NOT NULL
  GROUP BY id
) AS counted
FULL JOIN {{.Schema}}.user_follow_stats AS stats ON stats.user_id::varchar COLLATE "C" = counted.id
WHERE stats.user_id IS NULL
  OR (stats.followers_count, stats.followings_count) IS DISTINCT FROM (coalesce(counted.followers, 0), coalesce(counted.followings, 0));
CREATE UNIQUE INDEX followgraph_drifts_id ON pg_temp.followgraph_drifts (id COLLATE "C");
ANALYZE pg_temp.followgraph_drifts;
