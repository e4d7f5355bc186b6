-- Raises the salt of every derived username and phone number that is taken by an account, or by a staged row that
-- contains it. Usernames are compared without case. If the derived usernames of two ids differ in case alone, the first
-- id keeps its username. Returns the number of changed rows.
WITH taken AS (
    SELECT
        line,
        username IS NULL AND (
            nth > 1 OR EXISTS (SELECT FROM users WHERE {{template "username of" "derived.final_username"}})
        ) AS username_taken,
        phone_number IS NULL AND (
            EXISTS (SELECT FROM users WHERE users.phone_number = derived.final_phone_number)
            OR EXISTS (SELECT FROM pg_temp.import_users AS given WHERE given.phone_number = derived.final_phone_number)
        ) AS phone_taken
    FROM (
        SELECT *, row_number() OVER (
            PARTITION BY {{template "folded" "final_username"}} ORDER BY (username IS NULL)::integer, line
        ) AS nth
        FROM pg_temp.import_users
    ) AS derived
    WHERE username IS NULL OR phone_number IS NULL
)
UPDATE pg_temp.import_users AS staged
SET username_salt = username_salt + username_taken::integer,
    phone_salt = phone_salt + phone_taken::integer
FROM taken
WHERE taken.line = staged.line AND (username_taken OR phone_taken);
