-- Drops the staged accounts that exist, whoever made them, and later lines of an id.
DELETE FROM pg_temp.import_users AS staged
WHERE EXISTS (SELECT FROM users WHERE users.cognito_id = staged.cognito_id);
