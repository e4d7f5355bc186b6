-- Triggers of a table. $1: the table. Bits of tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate.
SELECT
  t.oid::bigint AS oid,
  t.tgname AS name,
  pg_get_triggerdef(t.oid) AS definition,
  t.tgenabled::text AS enabled,
  t.tgfoid::regprocedure::text AS function,
  l.lanname AS language,
  p.prosrc AS source,
  t.tgtype & 1 > 0 AS row,
  t.tgtype & 2 > 0 AS before,
  t.tgtype & 4 > 0 AS insert,
  t.tgtype & 8 > 0 AS delete,
  t.tgtype & 16 > 0 AS update,
  t.tgtype & 32 > 0 AS truncate,
  t.tgconstraint <> 0 AS constraint,
  obj_description(t.oid, 'pg_trigger') AS comment,
  coalesce((SELECT e.extname::text FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'), '') AS extension
FROM pg_trigger AS t
JOIN pg_proc AS p ON p.oid = t.tgfoid
JOIN pg_language AS l ON l.oid = p.prolang
WHERE t.tgrelid = $1::oid AND NOT t.tgisinternal
ORDER BY t.tgname COLLATE "C"
