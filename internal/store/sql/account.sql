{{- /*
The account of a user that a statement finds, and its counts, for keys that want them: two index lookups an element.
OFFSET 0 keeps the planner from joining, which could read all users once there are many keys.
*/ -}}
{{define "account columns"}}
    u.username, u.firstname, u.lastname, u.avatar, u.role, u.created_at, u.updated_at,
    s.followers_count, s.followings_count, s.updated_at
{{- end}}
{{define "account joins" -}}
LEFT JOIN LATERAL (
    SELECT username, firstname, lastname, avatar, role::text, created_at, updated_at
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
