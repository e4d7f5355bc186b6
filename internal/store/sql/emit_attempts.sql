-- A message for all instances, which their streams have. It belongs to no transaction, so it takes no transaction id and
-- waits for no flush: PostgreSQL's WAL writer flushes it within 0.2 s.
SELECT pg_logical_emit_message(false, 'followgraph.attempts', $1::bytea)
