-- Privileges that roles got since the switch, as statements that grant them again. $1, $2: ids of relations now, and of
-- the relation that comes back for each, 0 if none does. $3: the schema that undo drops, or an empty string.
WITH pair (now, before) AS (
  SELECT * FROM unnest($1::oid[], $2::oid[]) AS p
),
-- One row for each privilege of a role other than the owner, named after the relation that has it now.
privilege (relation, before, attribute, grantee, word, grantable) AS (
  SELECT pair.now, c.oid = pair.before, '', x.grantee, x.privilege_type, x.is_grantable
  FROM pair JOIN pg_class AS c ON c.oid IN (pair.now, pair.before) CROSS JOIN LATERAL aclexplode(c.relacl) AS x
  WHERE x.grantee <> c.relowner
  UNION ALL
  SELECT pair.now, c.oid = pair.before, a.attname, x.grantee, x.privilege_type, x.is_grantable
  FROM pair JOIN pg_class AS c ON c.oid IN (pair.now, pair.before)
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND NOT a.attisdropped CROSS JOIN LATERAL aclexplode(a.attacl) AS x
  WHERE x.grantee <> c.relowner
),
fresh AS (
  SELECT relation, attribute, grantee, word, grantable FROM privilege WHERE NOT before
  EXCEPT
  SELECT relation, attribute, grantee, word, grantable FROM privilege WHERE before
),
target (object, attribute, grantee, word, grantable) AS (
  SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || format('%I.%I', n.nspname, c.relname), fresh.attribute, fresh.grantee, fresh.word, fresh.grantable
  FROM fresh JOIN pg_class AS c ON c.oid = fresh.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace
  UNION ALL
  SELECT 'SCHEMA ' || quote_ident(n.nspname), '', x.grantee, x.privilege_type, x.is_grantable
  FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS x
  WHERE n.nspname = $3::text AND x.grantee <> n.nspowner
)
SELECT format('GRANT %s ON %s TO %s%s',
  string_agg(word || CASE WHEN attribute = '' THEN '' ELSE format(' (%I)', attribute) END, ', ' ORDER BY word, attribute), object,
  CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
  CASE WHEN grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement
FROM target
GROUP BY object, grantee, grantable
ORDER BY object LIKE 'SCHEMA %' DESC, statement
