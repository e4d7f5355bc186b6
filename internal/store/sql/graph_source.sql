-- What identifies the database and its tables, also on a standby: the cluster, the database and the tables by their
-- numbers, which are the same on all servers of a cluster. And what a stream of its commits from a standby needs here;
-- PostgreSQL has the function since version 16.
SELECT system.system_identifier, database.oid::bigint, database.datname::text, current_setting('wal_level'), pg_is_in_recovery(),
	EXISTS (SELECT FROM pg_proc AS p WHERE p.proname = 'pg_log_standby_snapshot' AND p.pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege(p.oid, 'EXECUTE')),
	coalesce(to_regclass('users')::oid::bigint, 0), coalesce(to_regclass('user_follows')::oid::bigint, 0), coalesce(to_regclass('user_follow_stats')::oid::bigint, 0)
FROM pg_control_system() AS system, pg_database AS database
WHERE database.datname = current_database()
