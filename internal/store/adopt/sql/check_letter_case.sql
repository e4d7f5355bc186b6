-- $1: how many ids. Folded as ix_users_username_case and ix_users_email_case fold: A to Z first, the rest as the locale does.
WITH alike AS (
  SELECT id, count(*) OVER (PARTITION BY lower(lower(__COLUMN__::text COLLATE "C") COLLATE "default") COLLATE "C") AS same
  FROM __USERS__
  WHERE __COLUMN__ IS NOT NULL
)
SELECT count(*), (array_agg(id::bigint ORDER BY id))[1:$1] FROM alike WHERE same > 1
