-- Logs the transactions that are open. A logical slot on a standby begins at such a record, which PostgreSQL writes only
-- every 15 s by itself.
SELECT pg_log_standby_snapshot()
