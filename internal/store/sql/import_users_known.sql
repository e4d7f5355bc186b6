-- Removes the staged rows of existing accounts, and all but the first row of each id: the first row creates the
-- account.
DELETE FROM pg_temp.import_users AS staged
USING (
    SELECT line, row_number() OVER (PARTITION BY cognito_id ORDER BY line) AS occurrence, cognito_id
    FROM pg_temp.import_users
) AS numbered
WHERE numbered.line = staged.line AND (
    occurrence > 1 OR EXISTS (SELECT FROM users WHERE users.cognito_id = staged.cognito_id)
);
