-- The candidate pairs, each with the first rule that matches it. An equal username takes precedence over one that
-- differs in case: the latter is looked up only if neither side has the former.
CREATE INDEX ON pg_temp.link_accounts (account);
CREATE INDEX ON pg_temp.link_accounts (username);
ANALYZE pg_temp.link_accounts;

CREATE TEMPORARY TABLE link_candidates (account bigint NOT NULL, cognito_id varchar COLLATE "C" NOT NULL, rule smallint NOT NULL);

INSERT INTO pg_temp.link_candidates
SELECT a.account, p.cognito_id, 0 FROM pg_temp.link_accounts AS a JOIN pg_temp.link_pool AS p ON p.account = a.account
UNION ALL
SELECT a.account, p.cognito_id, 1 FROM pg_temp.link_accounts AS a JOIN pg_temp.link_pool AS p ON p.username = a.username;

CREATE INDEX ON pg_temp.link_candidates (account);
CREATE INDEX ON pg_temp.link_candidates (cognito_id);
ANALYZE pg_temp.link_candidates;

INSERT INTO pg_temp.link_candidates
SELECT a.account, p.cognito_id, 1
FROM pg_temp.link_accounts AS a
JOIN pg_temp.link_pool AS p ON p.folded_username = a.folded_username
WHERE NOT EXISTS (SELECT FROM pg_temp.link_candidates AS c WHERE c.account = a.account AND c.rule = 1)
  AND NOT EXISTS (SELECT FROM pg_temp.link_candidates AS c WHERE c.cognito_id = p.cognito_id AND c.rule = 1)
UNION ALL
SELECT a.account, p.cognito_id, 2 FROM pg_temp.link_accounts AS a JOIN pg_temp.link_pool AS p ON p.phone_number = a.phone_number
UNION ALL
SELECT a.account, p.cognito_id, 3 FROM pg_temp.link_accounts AS a JOIN pg_temp.link_pool AS p ON p.folded_email = a.folded_email
UNION ALL
SELECT account, given, 4 FROM pg_temp.link_accounts WHERE given IS NOT NULL;

-- One row per pair, with the first rule that matches it and the reason why it is not linked, null if it is.
CREATE TEMPORARY TABLE link_pairs AS
WITH pair AS (
    SELECT account, cognito_id, min(rule) AS rule, count(*) AS rules FROM pg_temp.link_candidates GROUP BY account, cognito_id
), pool AS (
    SELECT DISTINCT ON (cognito_id) cognito_id, phone_number, folded_email, bool_or(unconfirmed) OVER (PARTITION BY cognito_id) AS unconfirmed
    FROM pg_temp.link_pool
    ORDER BY cognito_id, line
), judged AS (
    SELECT
        pair.*, a.cognito_id AS old_id, pool.cognito_id IS NOT NULL AS in_pool, coalesce(pool.unconfirmed, false) AS unconfirmed,
        count(*) FILTER (WHERE pool.unconfirmed IS NOT TRUE) OVER (PARTITION BY pair.account) AS users,
        count(*) FILTER (WHERE pool.unconfirmed IS NOT TRUE) OVER (PARTITION BY pair.cognito_id) AS accounts,
        pair.rule = 1 AND (a.phone_number <> pool.phone_number OR a.folded_email <> pool.folded_email)
            AND (a.phone_number = pool.phone_number) IS NOT TRUE AND (a.folded_email = pool.folded_email) IS NOT TRUE AS contradicted
    FROM pair
    JOIN pg_temp.link_accounts AS a ON a.account = pair.account
    LEFT JOIN pool ON pool.cognito_id = pair.cognito_id
)
SELECT judged.account, judged.cognito_id, judged.old_id, judged.rule, CASE
    WHEN judged.unconfirmed THEN 'unconfirmed'
    WHEN {{.NeedsPool}} AND NOT in_pool THEN 'not in pool'
    WHEN judged.users > 1 THEN 'several users'
    WHEN judged.accounts > 1 THEN 'several accounts'
    WHEN owner.id IS NOT NULL AND (owner.password_hash NOT IN ({{.NoPasswords}}) OR owner.role <> 'END_USER') THEN 'taken'
    WHEN judged.contradicted AND NOT {{.TrustUsernames}} THEN 'contradicted'
END AS problem
FROM judged
LEFT JOIN users AS owner ON owner.cognito_id = judged.cognito_id AND owner.id <> judged.account;
