-- Whether this session is the one that goes on with the deletion of the account $1, until it unlocks it or ends. The
-- seed keeps its number apart from other advisory locks; two accounts with one number only keep each other waiting.
SELECT pg_try_advisory_lock(hashtextextended($1::varchar COLLATE "C", 4715))
