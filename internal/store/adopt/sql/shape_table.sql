-- A table. $1: the schema; $2: the name. Rows are estimated as by the planner: the density at the last VACUUM or
-- ANALYZE times the current size.
SELECT
  c.oid::bigint AS oid,
  n.nspname AS schema,
  c.relname AS name,
  c.relkind AS kind,
  c.relpersistence AS persistence,
  pg_get_userbyid(c.relowner) AS owner,
  pg_has_role(c.relowner, 'USAGE') AS is_owner,
  has_table_privilege(c.oid, 'SELECT') AS readable,
  c.relacl::text[] AS acl,
  obj_description(c.oid, 'pg_class') AS comment,
  c.reloptions AS options,
  toast.reloptions AS toast_options,
  coalesce(space.spcname, '') AS tablespace,
  coalesce(am.amname, '') AS access_method,
  c.relrowsecurity AS row_security,
  c.relforcerowsecurity AS force_row_security,
  c.relreplident AS replica_identity,
  ARRAY(SELECT i.inhparent::regclass::text FROM pg_inherits AS i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno) AS parents,
  ARRAY(SELECT i.inhrelid::regclass::text FROM pg_inherits AS i WHERE i.inhparent = c.oid ORDER BY 1) AS children,
  CASE
    WHEN c.relkind <> 'r' OR c.reltuples < 0 THEN -1
    WHEN c.relpages = 0 THEN 0
    ELSE c.reltuples::double precision / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::integer)
  END::bigint AS rows,
  pg_total_relation_size(c.oid) AS bytes,
  pg_relation_size(c.oid) AS heap_bytes
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_class AS toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_tablespace AS space ON space.oid = c.reltablespace
LEFT JOIN pg_am AS am ON am.oid = c.relam
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
