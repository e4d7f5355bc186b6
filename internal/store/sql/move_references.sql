-- The foreign keys that would make other tables lose or change rows if a row of users, follows or counts is removed.
-- For each one it returns a query that checks for references to the row of users $1, the counts $2 or a follow of $2.
-- If this role may not read the table, the query is null.
SELECT
    child.oid::regclass::text,
    CASE WHEN has_table_privilege(child.oid, 'SELECT') THEN format(
        'SELECT EXISTS (SELECT FROM (SELECT $1::varchar AS account, $2::varchar AS other) AS given, %s AS child WHERE (%s) IN (SELECT %s FROM %s AS parent WHERE %s))',
        child.oid::regclass,
        (SELECT string_agg(format('child.%I', attname), ', ' ORDER BY n)
            FROM unnest(conkey) WITH ORDINALITY AS k (attnum, n) JOIN pg_attribute AS a ON a.attrelid = conrelid AND a.attnum = k.attnum),
        (SELECT string_agg(format('parent.%I', attname), ', ' ORDER BY n)
            FROM unnest(confkey) WITH ORDINALITY AS k (attnum, n) JOIN pg_attribute AS a ON a.attrelid = confrelid AND a.attnum = k.attnum),
        confrelid::regclass,
        CASE confrelid
            WHEN 'users'::regclass THEN 'parent.cognito_id = given.account'
            WHEN 'user_follow_stats'::regclass THEN 'parent.user_id = given.other'
            ELSE 'parent.follower_id = given.other OR parent.following_id = given.other'
        END
    ) END
FROM pg_constraint
JOIN pg_class AS child ON child.oid = conrelid
WHERE contype = 'f' AND conparentid = 0
  AND confrelid IN ('users'::regclass, 'user_follow_stats'::regclass, 'user_follows'::regclass)
ORDER BY 1
