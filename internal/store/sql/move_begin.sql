-- For the rest of the transaction: marks the writes as this program's own, limits the wait for a lock to $1
-- milliseconds, and limits a statement to $2. Returns the previous statement_timeout.
WITH before AS MATERIALIZED (
    SELECT current_setting('statement_timeout') AS statement_timeout
)
SELECT statement_timeout FROM before
WHERE concat(set_config('followgraph.writer', 'own', true), set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)) <> ''
