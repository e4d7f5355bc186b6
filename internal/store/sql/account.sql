{{- /*
The account of a user that a statement finds, and its counts, for keys that want them: two index lookups an element.
Details are a third of a row's bytes, and left out where no key wants them. OFFSET 0 keeps the planner from joining,
which could read all users once there are many keys.
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
