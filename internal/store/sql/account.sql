{{- /*
The account of a user that a statement finds, and its counts, for keys that request them: two index lookups per element.
Details are a third of a row's bytes, so they are left out if no key requests them. OFFSET 0 keeps the planner from a
join, which could read all users for many keys.
*/ -}}
{{define "account columns"}}
    u.username, u.firstname, u.lastname, {{if .Details}}u.avatar, u.role, u.created_at, u.updated_at, {{end -}}
    s.followers_count, s.followings_count, s.updated_at
{{- end}}
{{define "account sources" -}}
username, firstname, lastname{{if .Details}}, avatar, role::text, created_at, updated_at{{end}}
{{- end}}
{{define "account joins" -}}
LEFT JOIN LATERAL (
    SELECT {{template "account sources" .}}
    FROM users
    WHERE k.users AND f.n < k.most AND cognito_id = f.other
    OFFSET 0
) u ON true
LEFT JOIN LATERAL (
    SELECT followers_count, followings_count, updated_at
    FROM user_follow_stats
    WHERE k.counts AND f.n < k.most AND user_id = f.other
    OFFSET 0
) s ON true
{{- end}}
