-- The times of all rows of counts, also of those without an account. The counts themselves are compared with the rows
-- of follows.
SELECT user_id, updated_at FROM user_follow_stats ORDER BY user_id COLLATE "C"
