-- Whether there is an account with the id $1.
SELECT EXISTS (SELECT FROM users WHERE cognito_id = $1)
