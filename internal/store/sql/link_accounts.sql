-- The next $2 accounts to match after the number $1: those whose id is not in the pool if Unmarked is set, otherwise
-- those whose id is marked as generated.
SELECT id, cognito_id, username, phone_number, email, {{if .Column}}{{.Column}}::text{{else}}NULL::text{{end}}
FROM users
WHERE id > $1{{if .Unmarked}}
  AND NOT EXISTS (SELECT FROM pg_temp.link_pool AS pool WHERE pool.cognito_id = users.cognito_id){{else}}
  AND starts_with(cognito_id, 'local-'){{end}}
ORDER BY id
LIMIT $2
