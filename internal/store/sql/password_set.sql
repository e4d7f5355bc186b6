-- A new password, with which all tokens issued before end.
UPDATE users
SET password_hash = $2, token_version = token_version + 1
WHERE cognito_id = $1
RETURNING username, role::text, token_version;
