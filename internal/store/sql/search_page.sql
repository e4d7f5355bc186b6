-- A page of the users whose username, first and last name, or last and first name begins with the key's text, all in
-- their folded form. These are three ranges of three indexes, one after another, and each stops as soon as the page is
-- full. A later column does not return users found by an earlier one. $2 is the column of the key's position; without a
-- position it is 0 (forwards) or 4 (backwards). $3 and $4 are the position in that column. Each range has one bound at
-- either end: with two bounds at one end, the index scan would start at the first one that it sees and filter the rest
-- of the way.
SELECT k.ord, f.other, f.stage, f.name, f.id, {{template "account columns" .}}
FROM unnest($1::text[], $2::int[], $3::text[], $4::bigint[], $5::int[], $6::bool[], $7::bool[])
     WITH ORDINALITY AS k (query, stage, name, id, most, users, counts, ord)
CROSS JOIN LATERAL (
    SELECT {{template "search key" "k.query"}} AS low, {{template "search key" "k.query"}} || U&'\+10FFFF' AS high
) q
CROSS JOIN LATERAL (
    SELECT other, stage, name, id, row_number() OVER () AS n
    FROM (
{{- range $i, $s := .Stages}}
        {{if $i}}UNION ALL
        {{end -}}
        (SELECT u.cognito_id AS other, {{$s.Number}} AS stage, {{template "search key" $s.Column}} AS name, u.id
         FROM users u
         WHERE k.stage {{$.NotPast}} {{$s.Number}}
           AND {{template "search key" $s.Column}} {{$.Within}}
           AND ({{template "search key" $s.Column}}, u.id) {{$.Beyond}}
               (CASE WHEN k.stage = {{$s.Number}} THEN {{$.From}} ELSE {{$.Start}} END,
                CASE WHEN k.stage = {{$s.Number}} THEN k.id ELSE 0 END)
        {{- range $s.Earlier}}
           AND starts_with({{template "search key" .}}, q.low) IS NOT TRUE
        {{- end}}
         ORDER BY {{template "search key" $s.Column}} {{$.Order}}, u.id {{$.Order}}
         LIMIT k.most)
{{- end}}
        LIMIT k.most
    ) page
) f
{{template "account joins" .}}
