-- At most two accounts with the email address $1, ignoring case, or the phone number $2. The values go through arrays because for two rows that equal constants, the planner would read a table without
-- statistics sequentially.
SELECT u.cognito_id, u.username, u.role::text, u.token_version, u.password_hash, u.email, u.phone_number
FROM unnest(ARRAY[$1::varchar], ARRAY[$2::varchar]) AS k (email, phone_number)
CROSS JOIN LATERAL (
    SELECT id FROM users WHERE {{template "email of" "k.email"}}
    UNION
    SELECT id FROM users WHERE users.phone_number = k.phone_number
    LIMIT 2
) AS found
CROSS JOIN LATERAL (SELECT * FROM users WHERE id = found.id OFFSET 0) AS u
