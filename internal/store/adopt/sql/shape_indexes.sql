-- Indexes of a table. $1: the table.
SELECT
  c.oid::bigint AS oid,
  n.nspname AS schema,
  c.relname AS name,
  pg_get_indexdef(c.oid) AS definition,
  am.amname AS method,
  ARRAY(SELECT CASE WHEN i.indkey[k - 1] = 0 THEN pg_get_indexdef(c.oid, k, true)
      ELSE (SELECT attname::text FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = i.indkey[k - 1]) END
    FROM generate_series(1, i.indnkeyatts) AS k ORDER BY k) AS keys,
  ARRAY(SELECT (SELECT attname::text FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = i.indkey[k - 1])
    FROM generate_series(i.indnkeyatts + 1, i.indnatts) AS k ORDER BY k) AS include,
  coalesce(pg_get_expr(i.indpred, i.indrelid), '') AS predicate,
  i.indexprs IS NOT NULL AS expressions,
  i.indisunique AS "unique",
  __NULLS__ AS nulls_equal,
  i.indisprimary AS primary,
  i.indisexclusion AS exclusion,
  NOT i.indimmediate AS deferrable,
  i.indisvalid AND i.indisready AND i.indislive AS valid,
  i.indisclustered AS clustered,
  i.indisreplident AS replica,
  coalesce(con.conname, '') AS constraint,
  coalesce(pg_get_constraintdef(con.oid), '') AS constraint_def,
  obj_description(c.oid, 'pg_class') AS comment,
  c.reloptions AS options,
  coalesce(space.spcname, '') AS tablespace,
  pg_relation_size(c.oid) AS bytes,
  ARRAY(SELECT f.conrelid::regclass::text || '.' || quote_ident(f.conname)
    FROM pg_constraint AS f WHERE f.contype = 'f' AND f.conindid = c.oid ORDER BY 1) AS referenced_by
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_tablespace AS space ON space.oid = c.reltablespace
LEFT JOIN pg_constraint AS con ON con.conindid = c.oid AND con.contype IN ('p', 'u', 'x') AND con.conrelid = i.indrelid
WHERE i.indrelid = $1::oid
ORDER BY c.relname COLLATE "C"
