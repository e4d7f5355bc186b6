-- All accounts sorted by username without case, and whether the username of an adjacent account differs in case alone.
SELECT cognito_id, username, coalesce(email, ''), coalesce(firstname, ''), coalesce(lastname, ''),
    folded IN (lag(folded, 1, '') OVER following, lead(folded, 1, '') OVER following)
FROM (SELECT *, {{template "folded" "username"}} AS folded FROM users) AS named
WINDOW following AS (ORDER BY folded)
ORDER BY folded
