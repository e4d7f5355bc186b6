-- Locks the counts of the users $1, in the order of all writers, and makes those that are missing. DO UPDATE locks a row also
-- where its condition says to leave it as it is. It waits for a lock $2 milliseconds at most, null: as long as the session
-- does (see follow.sql).
WITH patience AS MATERIALIZED (
    SELECT set_config('lock_timeout', coalesce($2, current_setting('lock_timeout')), true), set_config('followgraph.writer', 'own', true)
)
INSERT INTO user_follow_stats AS stats (user_id)
SELECT id FROM patience, unnest($1::varchar[]) AS id ORDER BY id COLLATE "C"
ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at WHERE false
