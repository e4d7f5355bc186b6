-- Functions that name the tables in their source. $1: the schema of the adoption.
SELECT p.oid::regprocedure::text
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_language AS l ON l.oid = p.prolang
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', $1)
  AND l.lanname NOT IN ('internal', 'c')
  AND p.prosrc ~* '\m(users|user_follows|user_follow_stats)\M'
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
LIMIT 20
