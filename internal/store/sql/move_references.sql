-- The foreign keys by which other tables would lose or change rows where a row of users, follows or counts goes; and for each
-- a query whether they refer to the row of users $1, the counts $2 or a follow of $2. Where this role may not read the table,
-- there is no query.
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
