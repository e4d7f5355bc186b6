-- Definitions of the dependents. $1, $2: class ids and ids of the objects, as pairs. The role that recreates an object
-- may not be its owner, and default privileges may add grants that the old object did not have: these are revoked
-- first.
WITH found AS (
  SELECT * FROM unnest($1::oid[], $2::oid[]) AS f (class_id, oid)
),
defaulted AS (
  SELECT DISTINCT d.defaclobjtype AS type, x.grantee
  FROM pg_default_acl AS d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS x
),
relations AS (
  SELECT c.oid, c.relkind, n.nspname, c.relname, format('%I.%I', n.nspname, c.relname) AS full_name, c.relowner, c.relacl, c.reloptions,
    coalesce(space.spcname, '') AS tablespace,
    CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END AS word
  FROM found AS f
  JOIN pg_class AS c ON f.class_id = 'pg_class'::regclass AND c.oid = f.oid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_tablespace AS space ON space.oid = c.reltablespace
),
nodes AS (
  SELECT 'pg_class'::regclass::oid AS class_id, r.oid, CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'column' END AS kind,
    r.nspname AS schema, r.relname AS name, r.relowner AS owner_oid,
    CASE WHEN r.relkind IN ('v', 'm') THEN
      format('CREATE %s %s%s%s AS%s%s', r.word, r.full_name,
        CASE WHEN r.reloptions IS NOT NULL THEN ' WITH (' || array_to_string(r.reloptions, ', ') || ')' ELSE '' END,
        CASE WHEN r.tablespace <> '' THEN format(' TABLESPACE %I', r.tablespace) ELSE '' END, E'\n',
        rtrim(pg_get_viewdef(r.oid), '; '))
    ELSE '' END AS "create",
    CASE WHEN r.relkind IN ('v', 'm') THEN format('DROP %s %s', r.word, r.full_name) ELSE '' END AS drop,
    CASE WHEN r.relkind IN ('v', 'm') THEN
      ARRAY(SELECT pg_get_indexdef(i.indexrelid) FROM pg_index AS i WHERE i.indrelid = r.oid ORDER BY i.indexrelid)
      || ARRAY(SELECT format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', r.full_name, a.attname, pg_get_expr(d.adbin, d.adrelid))
        FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = r.oid ORDER BY a.attnum)
      || ARRAY(SELECT pg_get_ruledef(w.oid) FROM pg_rewrite AS w WHERE w.ev_class = r.oid AND w.rulename <> '_RETURN' ORDER BY w.rulename)
      || ARRAY(SELECT pg_get_triggerdef(t.oid) FROM pg_trigger AS t WHERE t.tgrelid = r.oid AND NOT t.tgisinternal ORDER BY t.tgname)
      || ARRAY(SELECT format('COMMENT ON %s %s IS %L', r.word, r.full_name, obj_description(r.oid, 'pg_class'))
        WHERE obj_description(r.oid, 'pg_class') IS NOT NULL)
      || ARRAY(SELECT format('COMMENT ON COLUMN %s.%I IS %L', r.full_name, a.attname, col_description(r.oid, a.attnum))
        FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attnum > 0 AND col_description(r.oid, a.attnum) IS NOT NULL ORDER BY a.attnum)
      || ARRAY(SELECT format('REVOKE ALL ON %s FROM %s', r.full_name, CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END)
        FROM defaulted AS x WHERE x.type = 'r' ORDER BY 1)
      || format('ALTER %s %s OWNER TO %I', r.word, r.full_name, pg_get_userbyid(r.relowner))
      || ARRAY(SELECT format('REVOKE ALL ON %s FROM %I', r.full_name, pg_get_userbyid(r.relowner)) WHERE r.relacl IS NOT NULL)
      || ARRAY(SELECT format('GRANT %s ON %s TO %s%s', string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type), r.full_name,
          CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END, CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM aclexplode(r.relacl) AS x GROUP BY x.grantee, x.is_grantable ORDER BY 1)
      || ARRAY(SELECT format('GRANT %s (%I) ON %s TO %s%s', x.privilege_type, a.attname, r.full_name,
          CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END, CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM pg_attribute AS a CROSS JOIN LATERAL aclexplode(a.attacl) AS x WHERE a.attrelid = r.oid ORDER BY 1)
    ELSE '{}' END AS restore
  FROM relations AS r
  UNION ALL
  SELECT f.class_id, w.oid, 'rule', n.nspname, w.rulename, c.relowner, rtrim(pg_get_ruledef(w.oid), '; '),
    format('DROP RULE %I ON %I.%I', w.rulename, n.nspname, c.relname),
    ARRAY(SELECT format('COMMENT ON RULE %I ON %I.%I IS %L', w.rulename, n.nspname, c.relname, obj_description(w.oid, 'pg_rewrite'))
      WHERE obj_description(w.oid, 'pg_rewrite') IS NOT NULL)
  FROM found AS f
  JOIN pg_rewrite AS w ON f.class_id = 'pg_rewrite'::regclass AND w.oid = f.oid
  JOIN pg_class AS c ON c.oid = w.ev_class
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE w.rulename <> '_RETURN'
  UNION ALL
  SELECT f.class_id, p.oid, 'policy', n.nspname, p.polname, c.relowner,
    format('CREATE POLICY %I ON %I.%I AS %s FOR %s TO %s%s%s', p.polname, n.nspname, c.relname,
      CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
      CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
      (SELECT string_agg(CASE WHEN role = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END, ', ') FROM unnest(p.polroles) AS role),
      coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ''),
      coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')),
    format('DROP POLICY %I ON %I.%I', p.polname, n.nspname, c.relname),
    ARRAY(SELECT format('COMMENT ON POLICY %I ON %I.%I IS %L', p.polname, n.nspname, c.relname, obj_description(p.oid, 'pg_policy'))
      WHERE obj_description(p.oid, 'pg_policy') IS NOT NULL)
  FROM found AS f
  JOIN pg_policy AS p ON f.class_id = 'pg_policy'::regclass AND p.oid = f.oid
  JOIN pg_class AS c ON c.oid = p.polrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  UNION ALL
  SELECT f.class_id, p.oid, 'function', n.nspname, p.proname, p.proowner,
    CASE WHEN p.prokind IN ('f', 'p', 'w') THEN rtrim(pg_get_functiondef(p.oid), E'; \n') ELSE '' END,
    format('DROP %s %s', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END, p.oid::regprocedure),
    ARRAY[format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, pg_get_userbyid(p.proowner))]
      || ARRAY(SELECT format('REVOKE ALL ON ROUTINE %s FROM PUBLIC, %I', p.oid::regprocedure, pg_get_userbyid(p.proowner)) WHERE p.proacl IS NOT NULL)
      || ARRAY(SELECT format('GRANT EXECUTE ON ROUTINE %s TO %s%s', p.oid::regprocedure,
          CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END, CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM aclexplode(p.proacl) AS x ORDER BY 1)
      || ARRAY(SELECT format('COMMENT ON ROUTINE %s IS %L', p.oid::regprocedure, obj_description(p.oid, 'pg_proc'))
        WHERE obj_description(p.oid, 'pg_proc') IS NOT NULL)
  FROM found AS f
  JOIN pg_proc AS p ON f.class_id = 'pg_proc'::regclass AND p.oid = f.oid
  JOIN pg_namespace AS n ON n.oid = p.pronamespace
  UNION ALL
  SELECT f.class_id, t.oid, 'type', n.nspname, t.typname, t.typowner, '', '', '{}'
  FROM found AS f
  JOIN pg_type AS t ON f.class_id = 'pg_type'::regclass AND t.oid = f.oid
  JOIN pg_namespace AS n ON n.oid = t.typnamespace
)
SELECT
  nodes.kind,
  nodes.class_id::bigint AS class_id,
  nodes.oid::bigint AS oid,
  nodes.schema,
  nodes.name,
  (pg_identify_object(nodes.class_id, nodes.oid, 0)).identity AS identity,
  pg_get_userbyid(nodes.owner_oid) AS owner,
  pg_has_role(nodes.owner_oid, 'USAGE') AS is_owner,
  nodes."create",
  nodes.drop,
  nodes.restore,
  coalesce((SELECT e.extname::text FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
    WHERE d.classid = nodes.class_id AND d.objid = nodes.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' LIMIT 1), '') AS extension,
  CASE WHEN nodes.kind = 'type' THEN (SELECT coalesce(nullif(t.typrelid, 0), e.typrelid, 0)::bigint
    FROM pg_type AS t LEFT JOIN pg_type AS e ON e.oid = t.typelem WHERE t.oid = nodes.oid) ELSE 0 END AS relation,
  CASE WHEN nodes.kind = 'view' OR nodes.kind = 'materialized view' THEN (SELECT w.oid::bigint FROM pg_rewrite AS w
    WHERE w.ev_class = nodes.oid AND w.rulename = '_RETURN') ELSE 0 END AS rewrite
FROM nodes
ORDER BY nodes.oid
