{{define "search key" -}}
{{/*
A text without differences in case, accents or composition. The result is the same in every database, whatever its
locale. NFKD separates letters from their marks. ICU's root locale converts to lower case. Marks of the block Combining
Diacritical Marks are removed, and so are differences that neither step handles (σ and ς, ß and ss, ø and o, æ and ae,
’ and '). Texts of ASCII letters alone, which most names are, take a shorter way to the same result. 200 characters are
enough for a query of 100 and fit into an index, whatever NFKD makes of the text. The search indexes
(internal/store/entschema) contain the same expression.
*/ -}}
left(CASE WHEN octet_length({{.}}) = length({{.}}) THEN lower({{.}} COLLATE "und-x-icu") ELSE replace(replace(replace(replace(translate(regexp_replace(lower(normalize({{.}}, NFKD) COLLATE "und-x-icu"), U&'[\0300-\036F]', '', 'g'), 'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħıðŧ’‘ʼ‐–', 'σвдосттъѣꙋoldhidt''''''--'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th') END, 200) COLLATE "C"
{{- end}}
