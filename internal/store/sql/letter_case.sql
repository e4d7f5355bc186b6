{{- /*
A text in the form that it shares with all that differ from it in case alone, as ix_users_username_case and
ix_users_email_case have it. The letters A to Z are folded whatever the database's locale, the others as far as it knows
them.
*/ -}}
{{define "folded"}}lower(lower({{.}} COLLATE "C") COLLATE "default") COLLATE "C"{{end}}
{{define "username of"}}{{template "folded" "users.username"}} = {{template "folded" .}}{{end}}
{{define "email of"}}{{template "folded" "users.email"}} = {{template "folded" .}}{{end}}
