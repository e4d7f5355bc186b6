-- A position that is not before any commit that this session can see: the system, a file of the log whose first eight
-- digits are the timeline, and the end of the log. And the transactions that this session can see. A commit that others see is in the flushed log, except for those of
-- sessions that do not wait for the flush.
SELECT system.system_identifier, pg_walfile_name(log.ends), log.ends::text, pg_current_snapshot()::text
FROM pg_control_system() AS system,
	(SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END) AS log (ends)
