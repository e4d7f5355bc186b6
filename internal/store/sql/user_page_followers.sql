{{- /*
Users with followers: a range of the index of counts. An id with counts need not have an account.
An ascending range has one bound at its lower end, because an index scan would start at the first of two.
*/ -}}
{{define "users with followers" -}}
counted AS MATERIALIZED (
        SELECT s.user_id, s.followers_count
        FROM user_follow_stats s
{{- if eq .Order "DESC"}}
        WHERE s.followers_count > 0
          AND (s.followers_count, s.user_id, 0::bigint) < (k.followers, k.name, k.id)
{{- else}}
        WHERE (s.followers_count, s.user_id, 0::bigint) >
              (greatest(k.followers, 1), CASE WHEN k.followers > 0 THEN k.name ELSE '' END, CASE WHEN k.followers > 0 THEN k.id ELSE -1 END)
{{- end}}
        ORDER BY s.followers_count {{.Order}}, s.user_id {{.Order}}
        LIMIT k.walked
    )
{{- end}}
{{- /*
Users by their ids, from the position on if it is among users without followers, or before them. Most users without
followers have no row of counts, and no index lists them.
*/ -}}
{{define "users by id" -}}
SELECT u.cognito_id
            FROM users u
{{- if eq .Order "DESC"}}
            WHERE k.followers >= 0
              AND (u.cognito_id, 0::bigint) <
                  (CASE WHEN k.followers > 0 THEN repeat(U&'\+10FFFF', 16) ELSE k.name END, CASE WHEN k.followers > 0 THEN 1 ELSE k.id END)
{{- else}}
            WHERE k.followers <= 0
              AND (u.cognito_id, 0::bigint) >
                  (CASE WHEN k.followers < 0 THEN '' ELSE k.name END, CASE WHEN k.followers < 0 THEN -1 ELSE k.id END)
{{- end}}
            ORDER BY u.cognito_id {{.Order}}
{{- end}}
{{define "counted accounts" -}}
(SELECT c.user_id AS other, c.followers_count AS followers
         FROM counted c
         CROSS JOIN LATERAL (SELECT FROM users WHERE cognito_id = c.user_id LIMIT 1) account
{{- if and (eq .Order "ASC") (not .Merged)}}
         WHERE (SELECT count(*) FROM listed) < k.walked
{{- end}})
{{- end}}
{{define "listed accounts" -}}
(SELECT l.cognito_id AS other, 0 AS followers
         FROM listed l
{{- if not .Merged}}
         WHERE coalesce((SELECT s.followers_count FROM user_follow_stats s WHERE s.user_id = l.cognito_id LIMIT 1), 0) = 0
{{- end}}
{{- if eq .Order "DESC"}} {{if .Merged}}WHERE{{else}}AND{{end}} (SELECT count(*) FROM counted) < k.walked{{end}})
{{- end -}}
-- A page of all users for each key, in the order of their followers, then of their Cognito ids, byte by byte. The users
-- with followers and those without are two lists, one after the other. Of each, up to $7 rows are walked, and fewer if the
-- page is full. If that is too few, the last row of the page is null, and the next form of the statement reads the page.
{{- if .Merged}}
--
-- This is the second form: all users and all counts are read, in the order of their ids, and merged. That takes a
-- quarter of the time of looking up the counts of each. OFFSET 0 keeps the planner from that.
{{- end}}
-- $1 to $3 are the position: the number of followers, the id, and 0 just after that user. A smaller or larger number
-- includes the user, depending on the direction.
SELECT k.ord, f.other, f.followers, {{template "account columns" .}}
FROM unnest($1::bigint[], $2::varchar[], $3::bigint[], $4::int[], $5::bool[], $6::bool[], $7::int[])
     WITH ORDINALITY AS k (followers, name, id, most, users, counts, walked, ord)
CROSS JOIN LATERAL (
    WITH {{template "users with followers" .}}, listed AS MATERIALIZED (
{{- if .Merged}}
        SELECT u.cognito_id
        FROM (
            {{template "users by id" .}} OFFSET 0
        ) u
        LEFT JOIN (
            SELECT user_id
            FROM user_follow_stats
            WHERE followers_count > 0 AND user_id {{if eq .Order "DESC" -}}
                <= CASE WHEN k.followers > 0 THEN repeat(U&'\+10FFFF', 16) ELSE k.name END{{else -}}
                >= CASE WHEN k.followers < 0 THEN '' ELSE k.name END{{end}}
            ORDER BY user_id {{.Order}} OFFSET 0
        ) s ON s.user_id = u.cognito_id
        WHERE s.user_id IS NULL
        ORDER BY u.cognito_id {{.Order}}
        LIMIT k.most
{{- else}}
        {{template "users by id" .}}
        LIMIT k.walked
{{- end}}
    )
    SELECT other, followers, row_number() OVER () AS n
    FROM (
        {{if eq .Order "DESC"}}{{template "counted accounts" .}}{{else}}{{template "listed accounts" .}}{{end}}
        UNION ALL
        {{if eq .Order "DESC"}}{{template "listed accounts" .}}{{else}}{{template "counted accounts" .}}{{end}}
        UNION ALL
        (SELECT NULL, 0 WHERE (SELECT count(*) FROM counted) = k.walked{{if not .Merged}} OR (SELECT count(*) FROM listed) = k.walked{{end}})
        LIMIT k.most
    ) page
) f
{{template "account joins" .}}
