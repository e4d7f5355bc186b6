-- Whether the account of $1 or of $2 is being deleted. It runs after their counts are locked.
SELECT EXISTS (SELECT FROM user_follow_stats WHERE user_id IN ($1, $2) AND deleted_at IS NOT NULL)
