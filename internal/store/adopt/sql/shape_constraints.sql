-- Constraints of a table. $1: the table. Constraint triggers are in shape_triggers.sql.
SELECT
  c.oid::bigint AS oid,
  c.conname AS name,
  c.contype::text AS type,
  pg_get_constraintdef(c.oid) AS definition,
  ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (attnum, n)
    JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum ORDER BY k.n) AS columns,
  c.convalidated AS validated,
  c.connoinherit AS no_inherit,
  obj_description(c.oid, 'pg_constraint') AS comment,
  coalesce((SELECT relname::text FROM pg_class WHERE oid = c.conindid AND c.contype IN ('p', 'u', 'x')), '') AS index
FROM pg_constraint AS c
WHERE c.conrelid = $1::oid AND c.contype <> 't'
ORDER BY c.conname COLLATE "C"
