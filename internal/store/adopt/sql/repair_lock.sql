-- Takes the next $1 staged users behind $2, and locks the rows of counts that no other session has locked. Returns how many users
-- it took, the last one, those that it locked, and those that have no row.
WITH next AS MATERIALIZED (
  SELECT id FROM pg_temp.followgraph_drifts WHERE id COLLATE "C" > $2 ORDER BY id COLLATE "C" LIMIT $1
), locked AS MATERIALIZED (
  SELECT found.user_id
  FROM (SELECT id FROM next ORDER BY id COLLATE "C" OFFSET 0) AS k
  CROSS JOIN LATERAL (
    SELECT user_id FROM {{.Schema}}.user_follow_stats WHERE user_id = k.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
  ) AS found
)
SELECT
  (SELECT count(*) FROM next),
  coalesce((SELECT max(id COLLATE "C") FROM next), ''),
  coalesce((SELECT array_agg(user_id::varchar) FROM locked), '{}'),
  coalesce((SELECT array_agg(id) FROM next WHERE NOT EXISTS (SELECT FROM {{.Schema}}.user_follow_stats AS stats WHERE stats.user_id = next.id)), '{}')
