-- Stages the users whose counts differ from the follows: those with follows and no row, and those whose row has other
-- values or nulls. The index has the order in which writers lock counts.
--
-- The ids have the default collation, like a parameter. A comparison with a column then uses the collation of the
-- column, and so its index.
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
