{{- /*
A text in the form that all texts share that differ from it in case alone, as in the indexes ix_users_username_case and
ix_users_email_case. ASCII letters are folded independently of the database's locale, other letters as the locale does.
*/ -}}
{{define "folded"}}lower(lower({{.}} COLLATE "C") COLLATE "default") COLLATE "C"{{end}}
{{define "username of"}}{{template "folded" "users.username"}} = {{template "folded" .}}{{end}}
{{define "email of"}}{{template "folded" "users.email"}} = {{template "folded" .}}{{end}}
