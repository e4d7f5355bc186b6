-- Whether a transaction that starts now is read-only: on a standby, or because of the database's default.
SELECT current_setting('transaction_read_only')::boolean
