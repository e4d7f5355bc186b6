-- Locks the counts of the staged lines $1 <= line < $2, in the order of all writers, and makes those
-- that are missing. DO UPDATE locks a row also where its condition says to leave it as it is.
WITH {{template "own"}}
INSERT INTO user_follow_stats AS stats (user_id)
SELECT user_id FROM own, pg_temp.stats_drifts WHERE line >= $1 AND line < $2 ORDER BY user_id COLLATE "C"
ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at WHERE false;
