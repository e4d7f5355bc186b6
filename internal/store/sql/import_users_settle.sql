-- Removes the staged accounts that exist by now.
DELETE FROM pg_temp.import_users AS staged
WHERE EXISTS (SELECT FROM users WHERE users.cognito_id = staged.cognito_id);
