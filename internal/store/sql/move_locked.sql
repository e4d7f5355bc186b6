-- Once all is locked, a statement takes $1 at most.
SELECT set_config('statement_timeout', $1, true)
