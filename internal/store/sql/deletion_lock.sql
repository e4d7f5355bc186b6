-- Whether this session may continue the deletion of the account $1, until it unlocks it or ends. The seed separates the
-- number from other advisory locks. If two accounts have the same number, only one of their deletions runs at a time.
SELECT pg_try_advisory_lock(hashtextextended($1::varchar COLLATE "C", 4715))
