-- Locks all usernames and email addresses until the transaction ends: waits for those who have locked one, and they wait.
SELECT pg_advisory_xact_lock(4716)
