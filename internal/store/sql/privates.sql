-- The private fields of the accounts with these Cognito ids: one index lookup per key. OFFSET 0 keeps the planner from
-- a join, which could read all users for many keys.
SELECT k.ord, u.email, u.phone_number, u.country, u.city, u.zipcode
FROM unnest($1::varchar[]) WITH ORDINALITY AS k (value, ord)
CROSS JOIN LATERAL (
    SELECT email, phone_number, country, city, zipcode
    FROM users
    WHERE cognito_id = k.value
    OFFSET 0
) u
