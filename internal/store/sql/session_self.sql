-- Which session this is, and of which start of which server.
SELECT pg_backend_pid(), extract(epoch FROM pg_postmaster_start_time())
