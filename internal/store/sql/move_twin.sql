-- Removes the account $1 and returns the values that the other account may take over.
WITH twin AS (
    DELETE FROM users WHERE cognito_id = $1
    RETURNING firstname, lastname, avatar, email, country, city, zipcode, created_at
)
SELECT firstname, lastname, avatar, email, country, city, zipcode, created_at::text FROM twin
