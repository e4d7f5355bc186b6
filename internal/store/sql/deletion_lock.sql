-- Whether this transaction may remove follows of the deleted account $1, until it ends. The seed separates the number
-- from other advisory locks. If two accounts have the same number, only one of their deletions proceeds at a time.
SELECT pg_try_advisory_xact_lock(hashtextextended($1::varchar COLLATE "C", 4715))
