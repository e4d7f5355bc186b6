-- Foreign keys that reference the three tables. $1: the three tables. Those of partitions have a parent and are left
-- out.
SELECT
  f.oid::bigint AS oid,
  n.nspname AS schema,
  c.relname AS table,
  pg_get_userbyid(c.relowner) AS table_owner,
  pg_has_role(c.relowner, 'USAGE') AS is_owner,
  c.relkind::text AS table_kind,
  c.oid::bigint AS table_oid,
  f.conname AS name,
  ARRAY(SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY AS k (attnum, n)
    JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.attnum ORDER BY k.n) AS columns,
  EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey) AND a.attnotnull) AS columns_not_null,
  t.relname AS referenced_table,
  ARRAY(SELECT a.attname::text FROM unnest(f.confkey) WITH ORDINALITY AS k (attnum, n)
    JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = k.attnum ORDER BY k.n) AS referenced_columns,
  f.confdeltype::text AS on_delete,
  f.confupdtype::text AS on_update,
  pg_get_constraintdef(f.oid) AS definition,
  f.convalidated AS validated,
  obj_description(f.oid, 'pg_constraint') AS comment,
  CASE WHEN c.reltuples < 0 THEN -1 WHEN c.relpages = 0 THEN 0
    ELSE c.reltuples::double precision / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::integer) END::bigint AS rows,
  EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = f.conrelid AND i.indisvalid AND i.indpred IS NULL
    AND (i.indkey::smallint[])[0:cardinality(f.conkey) - 1] <@ f.conkey AND f.conkey <@ (i.indkey::smallint[])[0:cardinality(f.conkey) - 1]) AS indexed,
  c.relispartition AS partition
FROM pg_constraint AS f
JOIN pg_class AS c ON c.oid = f.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS t ON t.oid = f.confrelid
WHERE f.contype = 'f' AND f.confrelid = ANY ($1::oid[]) AND f.conparentid = 0
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", f.conname COLLATE "C"
