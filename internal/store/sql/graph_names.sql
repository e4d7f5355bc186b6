-- All accounts in the order of the words of their full names. An account without a name has no place in it.
SELECT {{.Name}}, u.id, u.cognito_id
FROM users u
WHERE {{.Name}} <> ''
ORDER BY {{.Name}}, u.id
