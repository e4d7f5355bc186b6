-- Every account gets its number as its id, because the follows name it by that number.
ANALYZE pg_temp.link_accounts;
CREATE TEMPORARY TABLE link_pairs AS
SELECT a.account, a.account::text::varchar COLLATE "C" AS cognito_id, a.cognito_id AS old_id, 5::smallint AS rule,
    CASE WHEN owner.id IS NOT NULL AND (owner.password_hash NOT IN ({{.NoPasswords}}) OR owner.role <> 'END_USER') THEN 'taken' END AS problem
FROM pg_temp.link_accounts AS a
LEFT JOIN users AS owner ON owner.cognito_id = a.account::text AND owner.id <> a.account;
