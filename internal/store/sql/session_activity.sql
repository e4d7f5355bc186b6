-- Which start of which server this is, and those of the sessions $1 that do not wait for their client. Where the server
-- keeps no state of its sessions (track_activities), all count as busy.
SELECT extract(epoch FROM pg_postmaster_start_time()), array_to_string(ARRAY(
    SELECT pid FROM pg_stat_activity
    WHERE pid = ANY($1::int[])
      AND coalesce(state, '') NOT IN ('idle', 'idle in transaction', 'idle in transaction (aborted)')
), ',')
