-- How many accounts have an id that is neither marked as generated nor in the pool.
SELECT count(*) FROM users
WHERE NOT starts_with(cognito_id, 'local-')
  AND NOT EXISTS (SELECT FROM pg_temp.link_pool AS pool WHERE pool.cognito_id = users.cognito_id)
