-- Gives the account $1 the id $2. Fills its empty fields from the twin, and keeps the earlier time. See move_plain.sql
-- for the token version. $3 is the hash of no password if the account's password is to be removed, otherwise null.
UPDATE users SET
    cognito_id    = $2,
    token_version = greatest(token_version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint),
    password_hash = coalesce($3, password_hash),
    firstname     = coalesce(firstname, $4),
    lastname      = coalesce(lastname, $5),
    avatar        = coalesce(avatar, $6),
    email         = coalesce(email, $7),
    country       = coalesce(country, $8),
    city          = coalesce(city, $9),
    zipcode       = coalesce(zipcode, $10),
    created_at    = least(created_at, $11::text::timestamptz)
WHERE cognito_id = $1
RETURNING username, role, token_version, password_hash
