-- The accounts whose deletion is in progress, oldest deletion first.
SELECT user_id FROM user_follow_stats WHERE deleted_at IS NOT NULL ORDER BY deleted_at
