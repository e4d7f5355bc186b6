-- The enum of roles. $1: the type of users.role, which is the enum or a domain over it.
WITH RECURSIVE type (oid, depth) AS (
  SELECT $1::oid, 0
  UNION ALL
  SELECT t.typbasetype, depth + 1 FROM type JOIN pg_type AS t ON t.oid = type.oid WHERE t.typtype = 'd'
)
SELECT
  t.oid::bigint AS oid,
  n.nspname AS schema,
  t.typname AS name,
  pg_get_userbyid(t.typowner) AS owner,
  pg_has_role(t.typowner, 'USAGE') AS is_owner,
  t.typacl::text[] AS acl,
  obj_description(t.oid, 'pg_type') AS comment,
  ARRAY(SELECT e.enumlabel::text FROM pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels,
  CASE WHEN type.depth > 0 THEN (
    SELECT json_build_object('schema', dn.nspname, 'name', d.typname)
    FROM pg_type AS d JOIN pg_namespace AS dn ON dn.oid = d.typnamespace WHERE d.oid = $1::oid) END AS domain,
  ARRAY(SELECT a.attrelid::regclass::text || '.' || quote_ident(a.attname)
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE a.atttypid IN (t.oid, t.typarray) AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') ORDER BY 1) AS columns
FROM type
JOIN pg_type AS t ON t.oid = type.oid
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE t.typtype = 'e'
