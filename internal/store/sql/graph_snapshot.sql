-- The settings of the transaction that reads a whole snapshot. Sorts of all follows get more memory than the default, so
-- that they take one pass. Without row_security = off, a policy would hide rows instead of failing.
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL lock_timeout = 0;
SET LOCAL row_security = off;
SET LOCAL work_mem = '64MB';
