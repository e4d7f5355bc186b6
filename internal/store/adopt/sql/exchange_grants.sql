-- Statements that copy grants to a relation with the same owner. $1: the relation to copy from; $2, $3: name and id of
-- the relation to copy to. Grants that the new relation got from default privileges are revoked first.
WITH old AS (
  SELECT c.oid, c.relacl, c.relowner, CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || $2::text AS target FROM pg_class AS c WHERE c.oid = $1::oid
),
role (oid, name) AS (
  SELECT 0::oid, 'PUBLIC' UNION ALL SELECT oid, quote_ident(rolname) FROM pg_roles
)
SELECT statement FROM (
  SELECT DISTINCT 1 AS n, format('REVOKE ALL ON %s FROM %s', old.target, role.name) AS statement
  FROM old, pg_class AS made CROSS JOIN LATERAL aclexplode(made.relacl) AS x JOIN role ON role.oid = x.grantee
  WHERE made.oid = $3::oid AND x.grantee <> made.relowner
  UNION ALL
  SELECT 2, format('REVOKE ALL ON %s FROM %s', old.target, role.name)
  FROM old JOIN role ON role.oid = old.relowner
  WHERE old.relacl IS NOT NULL
  UNION ALL
  SELECT 3, format('GRANT %s ON %s TO %s%s', string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type), old.target, role.name,
    CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM old CROSS JOIN LATERAL aclexplode(old.relacl) AS x JOIN role ON role.oid = x.grantee
  GROUP BY old.target, role.name, x.is_grantable
  UNION ALL
  SELECT 4, format('GRANT %s (%I) ON %s TO %s%s', x.privilege_type, a.attname, old.target, role.name, CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM old JOIN pg_attribute AS a ON a.attrelid = old.oid CROSS JOIN LATERAL aclexplode(a.attacl) AS x JOIN role ON role.oid = x.grantee
) AS statements
ORDER BY n, statement
