-- Removes the counts of $1, which has no follows left.
DELETE FROM user_follow_stats WHERE user_id = $1
