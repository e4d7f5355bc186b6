-- The users that the user $1 might follow, at most $2: users that the user's $3 newest follows follow, by the $3 newest
-- follows of each. At most $3 + $3 * $3 rows of the covering page index are read. Candidates are ranked first and then
-- looked up in that order until there are enough: LIMIT and OFFSET in the lookups keep the planner from reading whole
-- lists.
SELECT ranked.user_id, ranked.followed_by
FROM (
    SELECT theirs.following_id AS user_id, count(*) AS followed_by
    FROM unnest(ARRAY[$3::int]) AS k (reach)
    CROSS JOIN LATERAL (
        SELECT following_id FROM user_follows WHERE follower_id = $1 ORDER BY created_at DESC, id DESC LIMIT k.reach
    ) mine
    CROSS JOIN LATERAL (
        SELECT following_id FROM user_follows WHERE follower_id = mine.following_id
        ORDER BY created_at DESC, id DESC LIMIT k.reach
    ) theirs
    WHERE theirs.following_id <> $1
    GROUP BY theirs.following_id
    ORDER BY followed_by DESC, user_id
    OFFSET 0
) ranked
LEFT JOIN LATERAL (
    SELECT true AS found FROM user_follows WHERE follower_id = $1 AND following_id = ranked.user_id LIMIT 1
) followed ON true
CROSS JOIN LATERAL (
    SELECT FROM users WHERE cognito_id = ranked.user_id LIMIT 1
) account
WHERE followed.found IS NULL
ORDER BY ranked.followed_by DESC, ranked.user_id
LIMIT $2
