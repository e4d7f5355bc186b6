-- Which start of which server this is, and which of the sessions $1 do not wait for their client. If the server does
-- not track the state of its sessions (track_activities), all of them count as busy.
SELECT extract(epoch FROM pg_postmaster_start_time()), array_to_string(ARRAY(
    SELECT pid FROM pg_stat_activity
    WHERE pid = ANY($1::int[])
      AND coalesce(state, '') NOT IN ('idle', 'idle in transaction', 'idle in transaction (aborted)')
), ',')
