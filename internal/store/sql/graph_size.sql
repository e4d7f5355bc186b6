-- How many users and follows there are.
SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM user_follows)
