-- What the session of an import or a rebuild needs. The memory bounds it: larger sorts and tables go to disk.
SET work_mem = '64MB';
SET temp_buffers = '32MB';
-- Compiling a plan costs more than the few large statements here can win back.
SET jit = off;
SET statement_timeout = 0;
-- Each statement has a snapshot of its own, whatever the database's default.
SET default_transaction_isolation = 'read committed';
