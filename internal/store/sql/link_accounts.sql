-- The next $2 accounts behind the number $1 that are to be matched: {{if .Unmarked}}those whose id is not in the pool{{else}}those with an id that is marked as made up{{end}}.
SELECT id, cognito_id, username, phone_number, email, {{if .Column}}{{.Column}}::text{{else}}NULL::text{{end}}
FROM users
WHERE id > $1{{if .Unmarked}}
  AND NOT EXISTS (SELECT FROM pg_temp.link_pool AS pool WHERE pool.cognito_id = users.cognito_id){{else}}
  AND starts_with(cognito_id, 'local-'){{end}}
ORDER BY id
LIMIT $2
