-- A page of a search, read whole: all users with the words of the text are read, counted and sorted. matches is their
-- number without the exact ones. If it is larger than $2, there is no page, and no row of counts was read. $3 is how many
-- users are read, at most. They are sorted by their ids before their counts are looked up, which takes a third of the time.
-- $4 to $7 are the position: rank, followers, id, and 0 just after that user.
--
-- The search has at least one row. Its columns after matches are null if the page is empty.
WITH key AS (
    SELECT $1::text AS query, $2::int AS bound, $3::int AS read, $4::int AS rank, $5::bigint AS followers, $6::varchar AS name, $7::bigint AS id,
        $8::int AS most, $9::bool AS users, $10::bool AS counts
), {{template "search terms" .}}, {{template "search exact" .}}, matches AS MATERIALIZED (
    SELECT u.other
    FROM key CROSS JOIN terms CROSS JOIN listed CROSS JOIN LATERAL (
        SELECT cognito_id AS other FROM users u WHERE {{.Tokens}} @@ terms.query AND id <> ALL (listed.ids) LIMIT key.read
    ) u
), counted AS MATERIALIZED (
    SELECT count(*)::int AS matches FROM matches
)
SELECT counted.matches, f.other, f.rank, f.followers, {{template "account columns" .}}
FROM key k
CROSS JOIN counted
LEFT JOIN LATERAL (
    SELECT other, rank, followers, row_number() OVER () AS n
    FROM (
        SELECT m.other, m.rank, s.followers
        FROM (SELECT other, 1 AS rank FROM matches UNION ALL SELECT other, rank FROM exact ORDER BY other OFFSET 0) m
        CROSS JOIN LATERAL (
            SELECT coalesce((SELECT followers_count FROM user_follow_stats WHERE user_id = m.other LIMIT 1), 0) AS followers OFFSET 0
        ) s
        WHERE (m.rank, s.followers, m.other, 0::bigint) {{.Beyond}} (k.rank, k.followers, k.name, k.id)
        ORDER BY m.rank {{.Order}}, s.followers {{.Order}}, m.other {{.Order}}
        LIMIT k.most
    ) page
    WHERE counted.matches <= k.bound
) f ON true
{{template "account joins" .}}
