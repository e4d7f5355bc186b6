-- Values that differ only in case, and ids of accounts with them. $1: the number of ids. Case is folded as in the
-- indexes ix_users_username_case and ix_users_email_case.
WITH alike AS (
  SELECT id, count(*) OVER (PARTITION BY __FOLDED__) AS same
  FROM __USERS__
  WHERE __COLUMN__ IS NOT NULL
)
SELECT count(*), (array_agg(id::bigint ORDER BY id))[1:$1] FROM alike WHERE same > 1
