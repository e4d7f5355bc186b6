-- Columns of a table. $1: the table.
WITH RECURSIVE type (attnum, oid, typmod) AS (
  SELECT attnum, atttypid, atttypmod FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT type.attnum, t.typbasetype, t.typtypmod
  FROM type JOIN pg_type AS t ON t.oid = type.oid
  WHERE t.typtype = 'd'
),
base AS (
  SELECT type.* FROM type JOIN pg_type AS t ON t.oid = type.oid WHERE t.typtype <> 'd'
)
SELECT
  a.attnum AS number,
  a.attname AS name,
  format_type(a.atttypid, a.atttypmod) AS type,
  a.atttypid::bigint AS type_oid,
  format_type(base.oid, NULL) AS base,
  CASE WHEN base.oid IN ('varchar'::regtype, 'bpchar'::regtype) AND base.typmod > 4 THEN base.typmod - 4 ELSE 0 END AS length,
  CASE WHEN a.attcollation <> t.typcollation THEN coalesce(cn.nspname || '.' || l.collname, '') ELSE '' END AS collation,
  a.attnotnull AS not_null,
  pg_get_expr(d.adbin, d.adrelid) AS default,
  a.attidentity::text AS identity,
  a.attgenerated::text AS generated,
  a.attacl::text[] AS acl,
  col_description(a.attrelid, a.attnum) AS comment,
  a.attstorage::text AS storage,
  a.attcompression::text AS compression,
  CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END AS statistics,
  a.attoptions AS options
FROM pg_attribute AS a
JOIN base USING (attnum)
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
LEFT JOIN pg_namespace AS cn ON cn.oid = l.collnamespace
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
