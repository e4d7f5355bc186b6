-- Locks the counts of the users $1, in the lock order of all writers, and creates the missing ones. DO UPDATE locks a
-- row even if its condition leaves the row unchanged. It waits for a lock at most $2 milliseconds; if $2 is null, the
-- session's timeout applies (see follow.sql).
WITH patience AS MATERIALIZED (
    SELECT set_config('lock_timeout', coalesce($2, current_setting('lock_timeout')), true), set_config('followgraph.writer', 'own', true)
)
INSERT INTO user_follow_stats AS stats (user_id)
SELECT id FROM patience, unnest($1::varchar[]) AS id ORDER BY id COLLATE "C"
ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at WHERE false
