-- All accounts in the order of their creation.
SELECT created_at, id, cognito_id FROM users ORDER BY created_at, id
