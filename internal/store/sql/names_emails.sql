-- The accounts whose email address differs from another one in case alone, sorted by email address.
SELECT cognito_id, username, email
FROM (
    SELECT *, folded IN (lag(folded, 1, '') OVER following, lead(folded, 1, '') OVER following) AS alike
    FROM (SELECT *, {{template "folded" "email"}} AS folded FROM users WHERE email IS NOT NULL) AS named
    WINDOW following AS (ORDER BY folded)
) AS compared
WHERE alike
ORDER BY folded
