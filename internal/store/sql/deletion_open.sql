-- Whether the deletion of the account $1 is in progress.
SELECT EXISTS (SELECT FROM user_follow_stats WHERE user_id = $1 AND deleted_at IS NOT NULL)
