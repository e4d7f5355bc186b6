-- What a session needs beside what the connection asked for as it started, if the session is the connection's own: $PID is
-- the one that the connection was told. Behind a pooler it is another. Then what the settings are.
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
