-- Creates the accounts of the staged lines $1 <= line < $2; those without a time get $3. Returns how many it created.
-- It leaves out rows with a value that is taken, to be checked again later, and ids whose account is being deleted. It
-- looks up whether a username or email address is taken, because no index detects a difference in case alone. $4 is the
-- hash of no password.
WITH {{template "own"}}, added AS (
    INSERT INTO users (
        cognito_id, username, firstname, lastname, avatar, email, phone_number, password_hash, role,
        country, city, zipcode, created_at
    )
    SELECT
        cognito_id, final_username, firstname, lastname, avatar, email, final_phone_number, $4,
        coalesce(role, 'END_USER')::userrole, country, city, zipcode, coalesce(created_at, $3::timestamptz)
    FROM own, pg_temp.import_users AS staged
    WHERE line >= $1 AND line < $2
      AND NOT EXISTS (SELECT FROM users WHERE {{template "username of" "final_username"}})
      AND (email IS NULL OR NOT EXISTS (SELECT FROM users WHERE {{template "email of" "staged.email"}}))
      AND NOT EXISTS (SELECT FROM user_follow_stats WHERE user_id = cognito_id AND deleted_at IS NOT NULL)
    ORDER BY line
    ON CONFLICT DO NOTHING
    RETURNING cognito_id
)
SELECT count(*) FROM added;
