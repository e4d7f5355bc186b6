-- The most followed users of each key's list, who have accounts: one row for each, or one with a null for none, with
-- whether the list is too long to be read. A list of up to $3 users is read from the page index, and the count of each is
-- looked up. For a longer one, the $3 most followed users of all are looked up in the unique index on the pair, until
-- there are enough. All keys share them. Ids without an account are skipped, up to 1,000 of them. OFFSET 0 and LIMIT keep
-- the planner from joins that would read whole tables.
WITH followed AS MATERIALIZED (
    SELECT user_id, row_number() OVER () AS rank
    FROM (
        SELECT s.user_id
        FROM (
            SELECT user_id, followers_count FROM user_follow_stats
            WHERE followers_count > 0
            ORDER BY followers_count DESC, user_id DESC LIMIT (SELECT max(scan) FROM unnest($3::int[]) AS scan) + 1000
        ) s
        CROSS JOIN LATERAL (SELECT FROM users WHERE cognito_id = s.user_id LIMIT 1) account
        ORDER BY s.followers_count DESC, s.user_id DESC
        OFFSET 0
    ) s
)
SELECT k.ord, length.is_long::int, top.other
FROM unnest($1::varchar[], $2::int[], $3::int[]) WITH ORDINALITY AS k (owner, most, scan, ord)
CROSS JOIN LATERAL (
    SELECT coalesce((SELECT {{.Count}} FROM user_follow_stats WHERE user_id = k.owner LIMIT 1), 0) > k.scan AS is_long OFFSET 0
) length
LEFT JOIN LATERAL (
    (SELECT sorted.other
     FROM (
         SELECT listed.other, coalesce(stats.followers_count, 0) AS followers
         FROM (
             SELECT {{.Other}} AS other FROM user_follows
             WHERE {{.Owner}} = k.owner AND NOT length.is_long
             ORDER BY created_at DESC, id DESC LIMIT k.scan
         ) listed
         LEFT JOIN LATERAL (SELECT followers_count FROM user_follow_stats WHERE user_id = listed.other LIMIT 1) stats ON true
         ORDER BY followers DESC, listed.other DESC
         OFFSET 0
     ) sorted
     CROSS JOIN LATERAL (SELECT FROM users WHERE cognito_id = sorted.other LIMIT 1) account
     ORDER BY sorted.followers DESC, sorted.other DESC
     LIMIT k.most)
    UNION ALL
    (SELECT followed.user_id
     FROM followed
     CROSS JOIN LATERAL (SELECT FROM user_follows WHERE {{.Owner}} = k.owner AND {{.Other}} = followed.user_id LIMIT 1) follow
     WHERE length.is_long AND followed.rank <= k.scan
     LIMIT k.most)
) top ON true
