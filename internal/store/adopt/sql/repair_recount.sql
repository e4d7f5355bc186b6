-- Counts the follows of the users $1, whose rows of counts are locked, and removes these users from the stage. Returns
-- the number of counts that were wrong.
WITH counted AS MATERIALIZED (
  SELECT k.id,
    (SELECT count(*) FROM {{.Schema}}.user_follows WHERE following_id = k.id) AS followers,
    (SELECT count(*) FROM {{.Schema}}.user_follows WHERE follower_id = k.id) AS followings
  FROM unnest($1::varchar[]) AS k (id)
), changed AS (
  UPDATE {{.Schema}}.user_follow_stats AS stats
  SET followers_count = counted.followers, followings_count = counted.followings{{if .StatsUpdatedAt}}, updated_at = now(){{end}}
  FROM counted
  WHERE stats.user_id = counted.id
    AND (stats.followers_count, stats.followings_count) IS DISTINCT FROM (counted.followers, counted.followings)
  RETURNING stats.user_id
), staged AS (
  DELETE FROM pg_temp.followgraph_drifts WHERE id = ANY ($1)
)
SELECT count(*) FROM changed
