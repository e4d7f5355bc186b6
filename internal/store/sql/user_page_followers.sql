{{- /*
Users with followers: a range of the index of counts. An id with counts need not have an account, so each is looked up.
An ascending range has one bound at its lower end, because an index scan would start at the first of two.
*/ -}}
{{define "users with followers" -}}
(SELECT s.user_id AS other, s.followers_count AS followers
         FROM user_follow_stats s
         CROSS JOIN LATERAL (SELECT FROM users WHERE cognito_id = s.user_id LIMIT 1) account
{{- if eq .Order "DESC"}}
         WHERE s.followers_count > 0
           AND (s.followers_count, s.user_id, 0::bigint) < (k.followers, k.name, k.id)
{{- else}}
         WHERE (s.followers_count, s.user_id, 0::bigint) >
               (greatest(k.followers, 1), CASE WHEN k.followers > 0 THEN k.name ELSE '' END, CASE WHEN k.followers > 0 THEN k.id ELSE -1 END)
{{- end}}
         ORDER BY s.followers_count {{.Order}}, s.user_id {{.Order}}
         LIMIT k.most)
{{- end}}
{{- /*
Users without followers: most have no row of counts, which no index lists. All users are walked by their ids, and the
count of each is looked up.
*/ -}}
{{define "users without followers" -}}
(SELECT u.cognito_id AS other, 0 AS followers
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
           AND coalesce((SELECT s.followers_count FROM user_follow_stats s WHERE s.user_id = u.cognito_id LIMIT 1), 0) = 0
         ORDER BY u.cognito_id {{.Order}}
         LIMIT k.most)
{{- end -}}
-- A page of all users for each key, in the order of their followers, then of their Cognito ids, byte by byte. The users
-- with followers and those without are two lists, one after the other, and each stops as soon as the page is full.
-- $1 to $3 are the position: the number of followers, the id, and 0 just after that user. A smaller or larger number
-- includes the user, depending on the direction.
SELECT k.ord, f.other, f.followers, {{template "account columns" .}}
FROM unnest($1::bigint[], $2::varchar[], $3::bigint[], $4::int[], $5::bool[], $6::bool[])
     WITH ORDINALITY AS k (followers, name, id, most, users, counts, ord)
CROSS JOIN LATERAL (
    SELECT other, followers, row_number() OVER () AS n
    FROM (
        {{if eq .Order "DESC"}}{{template "users with followers" .}}{{else}}{{template "users without followers" .}}{{end}}
        UNION ALL
        {{if eq .Order "DESC"}}{{template "users without followers" .}}{{else}}{{template "users with followers" .}}{{end}}
        LIMIT k.most
    ) page
) f
{{template "account joins" .}}
