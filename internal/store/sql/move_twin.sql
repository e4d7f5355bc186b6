-- Removes the account $1, and returns what another one may take over of it.
DELETE FROM users WHERE cognito_id = $1
RETURNING firstname, lastname, avatar, email, country, city, zipcode, created_at::text
