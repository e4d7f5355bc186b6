-- For the rest of the transaction: the writer counts for itself, a lock is waited for $1 milliseconds and a statement takes
-- $2 at most. Returns how long a statement might take before.
WITH before AS MATERIALIZED (
    SELECT current_setting('statement_timeout') AS statement_timeout
)
SELECT statement_timeout FROM before
WHERE concat(set_config('followgraph.writer', 'own', true), set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)) <> ''
