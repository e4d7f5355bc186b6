-- Extended statistics of a table. $1: the table.
SELECT
  n.nspname AS schema,
  s.stxname AS name,
  pg_get_statisticsobjdef(s.oid) AS definition,
  pg_get_userbyid(s.stxowner) AS owner,
  ARRAY(SELECT a.attname::text FROM unnest(s.stxkeys) AS k (attnum)
    JOIN pg_attribute AS a ON a.attrelid = s.stxrelid AND a.attnum = k.attnum ORDER BY a.attnum) AS columns,
  obj_description(s.oid, 'pg_statistic_ext') AS comment
FROM pg_statistic_ext AS s
JOIN pg_namespace AS n ON n.oid = s.stxnamespace
WHERE s.stxrelid = $1::oid
ORDER BY s.stxname COLLATE "C"
