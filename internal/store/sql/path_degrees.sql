-- The number of {{.Count}} of each user who has an account: two index lookups for each. A user without a row of counts
-- has none.
SELECT k.ord, s.degree
FROM unnest($1::varchar[]) WITH ORDINALITY AS k (user_id, ord)
CROSS JOIN LATERAL (SELECT FROM users WHERE cognito_id = k.user_id LIMIT 1) account
LEFT JOIN LATERAL (SELECT {{.Count}} AS degree FROM user_follow_stats WHERE user_id = k.user_id LIMIT 1) s ON true
