-- A page as in user_page_followers.sql, for a key whose walk passes very many ids with counts but without an account. All
-- users and all counts are read and joined, and those of the page are sorted. OFFSET 0 keeps the planner from lookups.
SELECT k.ord, f.other, f.followers, {{template "account columns" .}}
FROM unnest($1::bigint[], $2::varchar[], $3::bigint[], $4::int[], $5::bool[], $6::bool[])
     WITH ORDINALITY AS k (followers, name, id, most, users, counts, ord)
CROSS JOIN LATERAL (
    SELECT other, followers, row_number() OVER () AS n
    FROM (
        SELECT u.cognito_id AS other, coalesce(s.followers_count, 0) AS followers
        FROM users u
        LEFT JOIN (SELECT user_id, followers_count FROM user_follow_stats WHERE followers_count > 0 OFFSET 0) s ON s.user_id = u.cognito_id
        WHERE (coalesce(s.followers_count, 0), u.cognito_id, 0::bigint) {{.Beyond}} (k.followers, k.name, k.id)
        ORDER BY followers {{.Order}}, other {{.Order}}
        LIMIT k.most
    ) page
) f
{{template "account joins" .}}
