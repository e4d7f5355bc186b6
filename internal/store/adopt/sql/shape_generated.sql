-- The columns that each generated column uses. $1: the three tables.
SELECT DISTINCT
  c.relname AS "table",
  a.attname AS name,
  used.attname AS "column"
FROM pg_attrdef AS def
JOIN pg_attribute AS a ON a.attrelid = def.adrelid AND a.attnum = def.adnum AND a.attgenerated <> ''
JOIN pg_class AS c ON c.oid = def.adrelid
JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = def.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = def.adrelid
JOIN pg_attribute AS used ON used.attrelid = d.refobjid AND used.attnum = d.refobjsubid AND used.attnum <> a.attnum
WHERE def.adrelid = ANY ($1::oid[])
ORDER BY 1, 2, 3
