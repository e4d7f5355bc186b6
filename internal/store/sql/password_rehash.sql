-- Another hash of the same password. A password that was changed meanwhile stays as it is.
WITH {{template "own"}}
UPDATE users
SET password_hash = $3
FROM own
WHERE cognito_id = $1 AND password_hash = $2;
