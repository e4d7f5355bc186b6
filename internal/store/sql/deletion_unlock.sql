-- Leaves the deletion of the account $1 to whoever goes on with it next.
SELECT pg_advisory_unlock(hashtextextended($1::varchar COLLATE "C", 4715))
