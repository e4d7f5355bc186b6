-- Removes the account $1 and marks its counts: follows of it remain to be removed. Removing the row of users waits for
-- the follows under way that have locked it, and nobody who comes later finds it.
WITH {{template "own"}}, gone AS (
    DELETE FROM users USING own WHERE cognito_id = $1 RETURNING cognito_id
)
INSERT INTO user_follow_stats (user_id, deleted_at)
SELECT cognito_id, now() FROM gone
ON CONFLICT (user_id) DO UPDATE SET deleted_at = excluded.deleted_at
