-- After everything is locked, limits a statement to $1.
SELECT set_config('statement_timeout', $1, true)
