-- Foreign keys of and to the three tables. $1: the three tables. Foreign keys of partitions are left out, because they
-- are added and dropped with those of their parents.
SELECT
  format('%I.%I', n.nspname, c.relname) AS table,
  f.conname AS name,
  pg_get_constraintdef(f.oid) AS definition,
  f.convalidated AS validated,
  c.relkind = 'p' AS partitioned,
  obj_description(f.oid, 'pg_constraint') AS comment,
  -- Other tables that adding or dropping it locks.
  ARRAY(SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_class AS p JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
    WHERE p.oid IN (f.conrelid, f.confrelid) AND p.oid <> ALL ($1::oid[])) AS others
FROM pg_constraint AS f
JOIN pg_class AS c ON c.oid = f.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE f.contype = 'f' AND f.conparentid = 0 AND (f.conrelid = ANY ($1::oid[]) OR f.confrelid = ANY ($1::oid[]))
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", f.conname COLLATE "C"
