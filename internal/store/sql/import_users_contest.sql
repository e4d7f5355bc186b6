-- Marks the staged rows with a username, an email address or a phone number that an account or an earlier row has, even
-- if that earlier row is left out in the end. Usernames and email addresses are compared without case.
WITH contested AS (
    SELECT line, CASE
        WHEN EXISTS (SELECT FROM users WHERE {{template "username of" "given.username"}}) THEN 'username'
        WHEN EXISTS (SELECT FROM users WHERE {{template "email of" "given.email"}}) THEN 'email'
        WHEN EXISTS (SELECT FROM users WHERE users.phone_number = given.phone_number) THEN 'phone_number'
    END AS taken, CASE
        WHEN folded_username IS NOT NULL AND row_number() OVER (PARTITION BY folded_username ORDER BY line) > 1 THEN 'username'
        WHEN folded_email IS NOT NULL AND row_number() OVER (PARTITION BY folded_email ORDER BY line) > 1 THEN 'email'
        WHEN phone_number IS NOT NULL AND row_number() OVER (PARTITION BY phone_number ORDER BY line) > 1
            THEN 'phone_number'
    END AS repeated
    FROM pg_temp.import_users AS given
)
UPDATE pg_temp.import_users AS staged
SET conflict_column = coalesce(taken, repeated), conflict_within = taken IS NULL
FROM contested
WHERE contested.line = staged.line AND coalesce(taken, repeated) IS NOT NULL;
