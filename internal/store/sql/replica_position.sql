-- How much of the log a standby has replayed; null on a server that is no standby. Which start of which server this is.
-- It is sent before and after the statements of a read: every snapshot of these statements is between the two positions.
-- PostgreSQL advances the position after it has made the commits before it visible.
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END::text, extract(epoch FROM pg_postmaster_start_time())::text
