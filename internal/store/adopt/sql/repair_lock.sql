-- Takes the next $1 staged users after $2 and locks their rows of counts, except those locked by other sessions.
-- Returns the number of users taken, the last of them, the locked ones, and those without a row.
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
