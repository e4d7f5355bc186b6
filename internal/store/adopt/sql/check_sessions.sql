-- Transactions of this database that are older than a minute, and prepared transactions.
SELECT format('Process %s (%s, role %s)', pid, coalesce(nullif(application_name, ''), 'without a name'), usename), (date_trunc('second', now() - xact_start))::text
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < now() - interval '1 minute' AND backend_type = 'client backend'
UNION ALL
SELECT format('The prepared transaction %s (role %s)', quote_literal(gid), owner), (date_trunc('second', now() - prepared))::text
FROM pg_prepared_xacts
WHERE database = current_database()
ORDER BY 1
LIMIT 10
