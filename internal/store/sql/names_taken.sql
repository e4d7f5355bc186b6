-- Whether an account other than $1 has the username $2 or the email address $3, ignoring case. The account $1 may keep
-- exactly its own values.
SELECT
    EXISTS (
        SELECT FROM users
        WHERE {{template "username of" "$2::varchar"}}
          AND cognito_id <> $1
    ) AND NOT EXISTS (SELECT FROM users WHERE cognito_id = $1 AND username = $2),
    EXISTS (
        SELECT FROM users
        WHERE {{template "email of" "$3::varchar"}}
          AND cognito_id <> $1
    ) AND NOT EXISTS (SELECT FROM users WHERE cognito_id = $1 AND email = $3)
