-- Which session of which start of which server this is.
SELECT pg_backend_pid(), extract(epoch FROM pg_postmaster_start_time())
