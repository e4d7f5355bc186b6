-- Removes the staged accounts that exist by now, whoever created them.
DELETE FROM pg_temp.import_users AS staged
WHERE EXISTS (SELECT FROM users WHERE users.cognito_id = staged.cognito_id);
