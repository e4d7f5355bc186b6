-- Objects that use the dependents and that the switch cannot recreate. $1, $2: class ids and ids of the dependents.
-- Views, functions, policies and types are dependents themselves; this finds defaults, constraints, indexes, triggers,
-- operators and others.
SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0), pg_describe_object(f.class_id, f.oid, 0)
FROM unnest($1::oid[], $2::oid[]) AS f (class_id, oid)
JOIN pg_depend AS d ON d.refclassid = f.class_id AND d.refobjid = f.oid
WHERE d.deptype = 'n'
  AND d.classid NOT IN ('pg_rewrite'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass)
  AND NOT (d.classid = 'pg_trigger'::regclass AND EXISTS (
    SELECT FROM pg_trigger AS t JOIN unnest($1::oid[], $2::oid[]) AS v (class_id, oid) ON v.oid = t.tgrelid AND v.class_id = 'pg_class'::regclass WHERE t.oid = d.objid))
ORDER BY 1, 2
LIMIT 20
