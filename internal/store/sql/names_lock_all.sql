-- Locks all usernames and email addresses until the transaction ends. It waits for writers that have locked one of
-- them.
SELECT pg_advisory_xact_lock(4716)
