{{define "search key" -}}
{{/* The form that texts share which differ in case, accents or composition alone, the same in every database whatever its
locale: after NFKD, which takes letters apart from their marks, small letters by ICU's root locale; marks of the block Combining
Diacritical Marks go, and so do the differences that neither step knows (σ and ς, ß and ss, ø and o). Letters of ASCII alone,
which most names are, take a shorter way to the same. 200 characters are enough for a query of 100 and fit into an index, whatever
NFKD makes of the text. The search indexes (internal/store/entschema) have the same expression. */ -}}
left(CASE WHEN octet_length({{.}}) = length({{.}}) THEN lower({{.}} COLLATE "und-x-icu") ELSE replace(translate(regexp_replace(lower(normalize({{.}}, NFKD) COLLATE "und-x-icu"), U&'[\0300-\036F]', '', 'g'), 'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħı', 'σвдосттъѣꙋoldhi'), 'ß', 'ss') END, 200) COLLATE "C"
{{- end}}
