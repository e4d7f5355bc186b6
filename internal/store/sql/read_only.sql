-- Whether a transaction that begins now may not write: on a standby, or because the database's default says so.
SELECT current_setting('transaction_read_only')::boolean
