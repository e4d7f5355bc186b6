-- Stages an account for every id among the staged follows that has none, in the order of their first follow, with the
-- time of that follow. An id whose account is being deleted gets none: its follows are removed together with the
-- existing ones. $1 is the pattern of valid usernames, $2 the time of the import.
INSERT INTO pg_temp.import_users (line, cognito_id, plain, created_at)
SELECT row_number() OVER (ORDER BY first), id, 'user_' || id ~ $1::text, created_at
FROM (
    SELECT id, min(position) AS first, least(min(created_at), $2::timestamptz) AS created_at
    FROM (
        SELECT follower_id AS id, line * 2 AS position, created_at FROM pg_temp.import_follows
        UNION ALL
        SELECT following_id, line * 2 + 1, created_at FROM pg_temp.import_follows
    ) AS ends
    GROUP BY id
) AS ids
WHERE NOT EXISTS (SELECT FROM users WHERE users.cognito_id = ids.id)
    AND NOT EXISTS (SELECT FROM user_follow_stats AS stats WHERE stats.user_id = ids.id AND stats.deleted_at IS NOT NULL);
