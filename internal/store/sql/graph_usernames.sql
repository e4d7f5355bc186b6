-- All accounts in the order of usernames, which is that of their search key.
SELECT {{template "search key" "(u.username)"}}, u.id, u.cognito_id
FROM users u
ORDER BY {{template "search key" "(u.username)"}}, u.id
