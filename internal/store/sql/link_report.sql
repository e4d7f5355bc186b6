-- What was not linked: pairs with a problem, accounts without a matching pool user, and pool users without a matching
-- account.
SELECT account, cognito_id, rule::int, problem FROM pg_temp.link_pairs WHERE problem IS NOT NULL
UNION ALL
SELECT account, new_id, rule::int, problem FROM pg_temp.link_moves WHERE problem IS NOT NULL
UNION ALL
SELECT account, NULL, NULL, 'no user' FROM pg_temp.link_accounts AS a
WHERE NOT EXISTS (SELECT FROM pg_temp.link_pairs AS p WHERE p.account = a.account)
UNION ALL
SELECT DISTINCT NULL::bigint, cognito_id, NULL::int, CASE WHEN unconfirmed THEN 'unconfirmed' ELSE 'no account' END
FROM pg_temp.link_pool AS pool
WHERE NOT EXISTS (SELECT FROM pg_temp.link_pairs AS p WHERE p.cognito_id = pool.cognito_id)
  AND NOT EXISTS (SELECT FROM users WHERE users.cognito_id = pool.cognito_id)
ORDER BY 1 NULLS LAST, 2 NULLS FIRST
