-- What a server is, once a second: the system, whether it is a standby, how much of the log it has received and replayed,
-- whether its replay is paused, its timeline, and which start of which server this is. No function returns the timeline
-- of the replay. That of a control file may be as old as the last restart point. That of the log receiver is current, and
-- is that of a server whose history includes all that this one has replayed; it is null for a role that may not read
-- pg_stat_wal_receiver.
SELECT system.system_identifier, pg_is_in_recovery(), coalesce(pg_last_wal_receive_lsn(), '0/0')::text,
	coalesce(pg_last_wal_replay_lsn(), '0/0')::text, CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END,
	greatest(checkpoint.timeline_id, recovery.min_recovery_end_timeline, receiver.received_tli),
	extract(epoch FROM pg_postmaster_start_time())::text
FROM pg_control_system() AS system, pg_control_checkpoint() AS checkpoint, pg_control_recovery() AS recovery
	LEFT JOIN pg_stat_wal_receiver AS receiver ON true
