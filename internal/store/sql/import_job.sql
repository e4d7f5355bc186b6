-- Settings of the session of an import or a rebuild. They limit its memory: larger sorts and tables go to disk.
SET work_mem = '64MB';
SET temp_buffers = '32MB';
-- Compiling a plan costs more than the few large statements can gain from it.
SET jit = off;
SET statement_timeout = 0;
-- Each statement has its own snapshot, whatever the database's default.
SET default_transaction_isolation = 'read committed';
