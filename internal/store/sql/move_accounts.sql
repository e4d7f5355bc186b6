-- Locks the accounts $1 that exist, in the order of store/lock.go, against all other transactions: a follow has locked
-- its accounts as a foreign key would. If the template's option is set, accounts that another transaction has locked
-- are skipped; otherwise the statement waits for them.
SELECT found.cognito_id, found.username, found.role::text, found.token_version, found.password_hash
FROM (
    SELECT DISTINCT id COLLATE "C" AS id FROM unnest($1::varchar[]) AS id ORDER BY id COLLATE "C" OFFSET 0
) k
CROSS JOIN LATERAL (SELECT * FROM users WHERE cognito_id = k.id LIMIT 1 FOR UPDATE{{if .}} SKIP LOCKED{{end}}) found
