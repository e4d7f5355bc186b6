-- Releases the deletion of the account $1 for other sessions.
SELECT pg_advisory_unlock(hashtextextended($1::varchar COLLATE "C", 4715))
