-- Another hash of the same password. A password that was changed meanwhile stays as it is.
UPDATE users
SET password_hash = $3
WHERE cognito_id = $1 AND password_hash = $2;
