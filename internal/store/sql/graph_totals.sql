-- How many users and follows there are. It reads the index of ids, and the counts of all users instead of their follows,
-- which are many more.
SELECT (SELECT count(*) FROM users), (SELECT coalesce(sum(followers_count), 0)::bigint FROM user_follow_stats)
