-- A new password. All tokens that were issued before become invalid.
WITH {{template "own"}}
UPDATE users
SET password_hash = $2, token_version = token_version + 1
FROM own
WHERE cognito_id = $1
RETURNING username, role, token_version;
