-- Deletes the account $1 and marks its counts, because its follows still have to be removed. Deleting the row of users
-- waits for running follows that have locked it; later ones do not find it.
WITH {{template "own"}}, gone AS (
    DELETE FROM users USING own WHERE cognito_id = $1 RETURNING cognito_id
)
INSERT INTO user_follow_stats (user_id, deleted_at)
SELECT cognito_id, now() FROM gone
ON CONFLICT (user_id) DO UPDATE SET deleted_at = excluded.deleted_at
