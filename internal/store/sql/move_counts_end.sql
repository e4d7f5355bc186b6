-- Removes the counts of $1, of which no follow is left.
DELETE FROM user_follow_stats WHERE user_id = $1
