-- The phone numbers of all accounts.
SELECT cognito_id, username, phone_number FROM users ORDER BY id
