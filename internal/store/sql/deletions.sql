-- The accounts whose deletion is under way, the oldest deletion first.
SELECT user_id FROM user_follow_stats WHERE deleted_at IS NOT NULL ORDER BY deleted_at
