-- The current role. Before version 15 only superusers could set session_replication_role; since then it can be granted.
SELECT
  r.rolname AS name,
  r.rolsuper AS superuser,
  has_database_privilege(current_database(), 'CREATE') AS create_schema,
  r.rolsuper OR __REPLICA__ AS replica
FROM pg_roles AS r
WHERE r.rolname = current_user
