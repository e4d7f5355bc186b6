-- A page of a search that finds many users, in the order of all users by followers: $2 users of that order are read, at
-- most, and those that have the words are returned. The page is complete if it is full. $3 to $6 are the position, as in
-- search_page.sql. A page that is read forward begins with the exact matches.
WITH key AS (
    SELECT $1::text AS query, $2::int AS walked, $3::int AS rank, $4::bigint AS followers, $5::varchar AS name, $6::bigint AS id,
        $7::int AS most, $8::bool AS users, $9::bool AS counts
), {{template "search terms" .}}, {{template "search exact" .}}
SELECT f.other, f.rank, f.followers, {{template "account columns" .}}
FROM key k
CROSS JOIN terms
CROSS JOIN listed
CROSS JOIN LATERAL (
    SELECT other, rank, followers, row_number() OVER () AS n
    FROM (
{{- if eq .Order "DESC"}}
        (SELECT e.other, e.rank, s.followers
         FROM exact e
         CROSS JOIN LATERAL (
             SELECT coalesce((SELECT followers_count FROM user_follow_stats WHERE user_id = e.other LIMIT 1), 0) AS followers OFFSET 0
         ) s
         WHERE (e.rank, s.followers, e.other, 0::bigint) < (k.rank, k.followers, k.name, k.id)
         ORDER BY e.rank DESC, s.followers DESC, e.other DESC
         LIMIT k.most)
        UNION ALL
{{- end}}
        (SELECT s.user_id AS other, 1 AS rank, s.followers_count AS followers
         FROM (
             SELECT user_id, followers_count
             FROM user_follow_stats
             WHERE {{if eq .Order "DESC"}}followers_count > 0 AND {{end -}}
                 (followers_count, user_id, 0::bigint) {{.Beyond}}
                 (CASE WHEN k.rank > 1 THEN {{.Start}} ELSE k.followers END, k.name, k.id)
             ORDER BY followers_count {{.Order}}, user_id {{.Order}}
             LIMIT k.walked
         ) s
         CROSS JOIN LATERAL (
             SELECT id, {{.UserWords}} AS words FROM users u WHERE cognito_id = s.user_id OFFSET 0
         ) u
         WHERE terms.query IS NOT NULL AND ' ' || u.words LIKE ALL (terms.patterns) AND u.id <> ALL (listed.ids)
         LIMIT k.most)
{{- if eq .Order "DESC"}}
        LIMIT k.most
{{- end}}
    ) page
) f
{{template "account joins" .}}
