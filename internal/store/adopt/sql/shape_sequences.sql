-- Sequences of a table. $1: the table. A sequence is owned by the column (deptype 'a', a serial), part of it ('i', an
-- identity) or only used in its default.
WITH used AS (
  SELECT d.objid AS seq, d.refobjsubid AS attnum, d.deptype = 'a' AS owned, d.deptype = 'i' AS identity
  FROM pg_depend AS d
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND d.refobjsubid > 0
    AND d.deptype IN ('a', 'i')
  UNION ALL
  SELECT d.refobjid, def.adnum, false, false
  FROM pg_attrdef AS def
  JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = def.oid AND d.refclassid = 'pg_class'::regclass
  WHERE def.adrelid = $1::oid
)
SELECT
  c.oid::bigint AS oid,
  n.nspname AS schema,
  c.relname AS name,
  a.attname AS column,
  u.owned,
  u.identity,
  pg_get_userbyid(c.relowner) AS owner,
  pg_has_role(c.relowner, 'USAGE') AS is_owner,
  c.relacl::text[] AS acl,
  obj_description(c.oid, 'pg_class') AS comment,
  format_type(s.seqtypid, NULL) AS type,
  s.seqstart AS start,
  s.seqincrement AS increment,
  s.seqmin AS min,
  s.seqmax AS max,
  s.seqcache AS cache,
  s.seqcycle AS cycle,
  CASE WHEN has_sequence_privilege(c.oid, 'SELECT,USAGE') THEN pg_sequence_last_value(c.oid::regclass) END AS last_value,
  ARRAY(SELECT def.adrelid::regclass::text || '.' || quote_ident(other.attname)
    FROM pg_depend AS d
    JOIN pg_attrdef AS def ON def.oid = d.objid
    JOIN pg_attribute AS other ON other.attrelid = def.adrelid AND other.attnum = def.adnum
    WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND def.adrelid <> $1::oid
    ORDER BY 1) AS users
FROM (
  SELECT seq, attnum, bool_or(owned) AS owned, bool_or(identity) AS identity FROM used GROUP BY seq, attnum
) AS u
JOIN pg_class AS c ON c.oid = u.seq AND c.relkind = 'S'
JOIN pg_sequence AS s ON s.seqrelid = c.oid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = $1::oid AND a.attnum = u.attnum
ORDER BY c.relname COLLATE "C", n.nspname COLLATE "C"
