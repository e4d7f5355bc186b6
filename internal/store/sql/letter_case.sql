{{- /*
A text in the form that all texts share that differ from it in case or composition alone, as in the indexes
ix_users_username_case and ix_users_email_case. The result is the same in every database, whatever its locale: the lower
case of ICU's root locale, without the differences that Unicode's case folding removes but lower case does not.
*/ -}}
{{define "folded"}}(CASE WHEN octet_length({{.}}) = length({{.}}) THEN lower({{.}} COLLATE "C") COLLATE "und-x-icu" ELSE replace(translate(lower(normalize({{.}}, NFD) COLLATE "und-x-icu"), 'ςſµϐϑϕϖϰϱϵᲀᲁᲂᲃᲄᲅᲆᲇᲈ', 'σsμβθφπκρεвдосттъѣꙋ'), 'ß', 'ss') END COLLATE "C"){{end}}
{{define "username of"}}{{template "folded" "users.username"}} = {{template "folded" .}}{{end}}
{{define "email of"}}{{template "folded" "users.email"}} = {{template "folded" .}}{{end}}
