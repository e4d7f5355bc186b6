-- An empty transaction, whose commit flushes the log up to here. With "local" it does not wait for a synchronous standby.
SELECT set_config('synchronous_commit', 'local', true), pg_logical_emit_message(true, 'followgraph', '')
