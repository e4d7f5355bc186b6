-- How many users the pool has, and how many of them have an account.
SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM users WHERE users.cognito_id = pool.cognito_id))
FROM (SELECT DISTINCT cognito_id FROM pg_temp.link_pool) AS pool
