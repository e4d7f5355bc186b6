-- Marks the staged rows that give a username, an email address or a phone number that belongs to an
-- account, or that an earlier row gives, be that one taken in the end or not.
WITH contested AS (
    SELECT line, CASE
        WHEN EXISTS (SELECT FROM users WHERE users.username = given.username) THEN 'username'
        WHEN EXISTS (SELECT FROM users WHERE users.email = given.email) THEN 'email'
        WHEN EXISTS (SELECT FROM users WHERE users.phone_number = given.phone_number) THEN 'phone_number'
    END AS taken, CASE
        WHEN username IS NOT NULL AND row_number() OVER (PARTITION BY username ORDER BY line) > 1 THEN 'username'
        WHEN email IS NOT NULL AND row_number() OVER (PARTITION BY email ORDER BY line) > 1 THEN 'email'
        WHEN phone_number IS NOT NULL AND row_number() OVER (PARTITION BY phone_number ORDER BY line) > 1
            THEN 'phone_number'
    END AS repeated
    FROM pg_temp.import_users AS given
)
UPDATE pg_temp.import_users AS staged
SET conflict_column = coalesce(taken, repeated), conflict_within = taken IS NULL
FROM contested
WHERE contested.line = staged.line AND coalesce(taken, repeated) IS NOT NULL;
