-- All accounts in the order of one search key, which is also the order of usernames. An account without the name has no
-- place in it.
SELECT {{template "search key" .}}, u.id, u.cognito_id
FROM users u
WHERE {{.}} IS NOT NULL
ORDER BY {{template "search key" .}}, u.id
