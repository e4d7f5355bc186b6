-- Locks the username and the email address of which $1 and $2 are the folded forms, null for none, until the transaction
-- ends: shared what an import of users locks whole, then each of the two by its number, in the order of the numbers. The
-- seed keeps the numbers apart from other advisory locks; two names with one number only wait for each other.
--
-- It begins the transaction, and says that its writes are this program's own (see own.sql).
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
