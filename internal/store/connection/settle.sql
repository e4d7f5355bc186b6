-- The settings that a session needs in addition to those that the connection requested at its start. They are applied
-- only if the session belongs to this connection: $PID is the process id that the connection received, which differs
-- behind a pooler, or an expression. The second statement returns the resulting settings.
SELECT set_config(name, setting, false)
FROM (VALUES
    ('default_transaction_isolation', 'read committed'),
    ('IntervalStyle', 'postgres'),
    ('bytea_output', 'hex'),
    ('extra_float_digits', '1'),
    ('transform_null_equals', 'off'),
    ('array_nulls', 'on'),
    ('quote_all_identifiers', 'off')
) AS needed (name, setting)
WHERE pg_backend_pid() = $PID;
SELECT current_setting('server_encoding'), current_setting('client_encoding'),
    current_setting('default_transaction_isolation'), current_setting('standard_conforming_strings'),
    current_database(), current_user;
