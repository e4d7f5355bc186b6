-- Locks what there is of the accounts $1, in the order that store/lock.go says, against all others: a session that follows one has
-- locked it as a foreign key would. {{if .}}Accounts that something else has locked are left out.{{else}}One that
-- something else has locked is waited for.{{end}}
SELECT found.cognito_id, found.username, found.role::text, found.token_version, found.password_hash
FROM (
    SELECT DISTINCT id COLLATE "C" AS id FROM unnest($1::varchar[]) AS id ORDER BY id COLLATE "C" OFFSET 0
) k
CROSS JOIN LATERAL (SELECT * FROM users WHERE cognito_id = k.id LIMIT 1 FOR UPDATE{{if .}} SKIP LOCKED{{end}}) found
