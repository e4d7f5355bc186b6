-- Locks the username and the email address whose folded forms are $1 and $2, null for none, until the transaction ends.
-- First it takes a shared lock on what an import of users locks exclusively, then it locks each of the two by its
-- number, in the order of the numbers. The seed separates the numbers from other advisory locks. If two names have the
-- same number, they only wait for each other.
--
-- It starts the transaction and marks its writes as this program's own (see own.sql).
SELECT
    set_config('followgraph.writer', 'own', true),
    CASE WHEN number IS NULL THEN pg_advisory_xact_lock_shared(4716)::text ELSE pg_advisory_xact_lock(number)::text END
FROM (
    SELECT NULL::bigint AS number
    UNION ALL
    SELECT hashtextextended(kind || folded COLLATE "C", 4716)
    FROM (VALUES ('username ', $1::varchar), ('email ', $2::varchar)) AS named (kind, folded)
    WHERE folded IS NOT NULL
    ORDER BY number NULLS FIRST
) AS numbers
