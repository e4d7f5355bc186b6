-- Which tables the connection finds: the oids of its database and of the tables in its search_path. A standby has the
-- oids of its primary, and another database or schema has others.
SELECT concat_ws(' ', (SELECT oid FROM pg_database WHERE datname = current_database()), to_regclass('users')::oid,
	to_regclass('user_follows')::oid, to_regclass('user_follow_stats')::oid)
