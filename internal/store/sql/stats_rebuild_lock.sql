-- Locks the counts of the staged lines $1 <= line < $2, in the lock order of all writers, and creates the missing ones.
-- DO UPDATE locks a row even if its condition leaves the row unchanged.
WITH {{template "own"}}
INSERT INTO user_follow_stats AS stats (user_id)
SELECT user_id FROM own, pg_temp.stats_drifts WHERE line >= $1 AND line < $2 ORDER BY user_id COLLATE "C"
ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at WHERE false;
