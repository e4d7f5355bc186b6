-- Schemas that have any of the tables. $1: names of the tables; $2: the schemas of the search_path in order; $3:
-- schemas to ignore.
SELECT
  n.nspname AS schema,
  array_agg(c.relname::text ORDER BY c.relname) AS tables,
  count(*) FILTER (WHERE c.relname = 'users' AND 2 = (
    SELECT count(*) FROM pg_attribute AS a
    WHERE a.attrelid = c.oid AND a.attname IN ('username', 'password_hash') AND NOT a.attisdropped)) > 0 AS service,
  has_schema_privilege(n.oid, 'CREATE') AS "create",
  coalesce(array_position($2::text[], n.nspname::text), 0) AS position
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relname = ANY ($1::text[])
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND c.relpersistence <> 't'
  AND n.nspname <> ALL ($3::text[])
GROUP BY n.oid, n.nspname
ORDER BY n.nspname COLLATE "C"
