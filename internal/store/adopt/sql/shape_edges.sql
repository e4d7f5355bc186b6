-- References between the objects that depend on the three tables. $1: the three tables. The walk along pg_depend
-- includes the rewrite rules of views and row types. A row means that (class_id, oid) refers to a column of
-- (ref_class_id, ref_oid), or to the whole object if the column is null.
WITH RECURSIVE reach (class_id, oid) AS (
  SELECT 'pg_class'::regclass::oid, t FROM unnest($1::oid[]) AS t
  UNION
  SELECT next.class_id, next.oid
  FROM reach
  CROSS JOIN LATERAL (
    SELECT d.classid AS class_id, d.objid AS oid
    FROM pg_depend AS d
    WHERE d.refclassid = reach.class_id AND d.refobjid = reach.oid AND d.deptype IN ('n', 'a', 'i')
      AND (d.classid IN ('pg_rewrite'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass)
        OR d.classid = 'pg_class'::regclass AND reach.class_id = 'pg_type'::regclass AND d.objsubid > 0)
    UNION ALL
    SELECT 'pg_class'::regclass, w.ev_class
    FROM pg_rewrite AS w
    JOIN pg_class AS v ON v.oid = w.ev_class
    WHERE reach.class_id = 'pg_rewrite'::regclass AND w.oid = reach.oid AND v.relkind IN ('v', 'm') AND w.rulename = '_RETURN'
  ) AS next
)
SELECT DISTINCT
  d.classid::bigint AS class_id,
  d.objid::bigint AS oid,
  d.refclassid::bigint AS ref_class_id,
  d.refobjid::bigint AS ref_oid,
  CASE WHEN d.refobjsubid > 0 THEN (SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = d.refobjid AND a.attnum = d.refobjsubid) END AS column
FROM pg_depend AS d
JOIN reach AS of ON of.class_id = d.classid AND of.oid = d.objid
JOIN reach AS ref ON ref.class_id = d.refclassid AND ref.oid = d.refobjid
WHERE d.deptype IN ('n', 'a', 'i')
