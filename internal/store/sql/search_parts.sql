{{- /*
The parts that the statements of a search share. Key is the search: its text, what it reads and its position.

Terms are the words of the text, in the forms in which the index of words and the words of a row are searched: a short
word is one entry of the index, a longer one is a range. Words have no character that is special in a tsquery or in a
pattern. A text without words has no query, which finds nothing.

Exact are the users whose username equals the text, with or without a leading @, and those whose full name has the words
of the text, in either order. They come first. If more than 200 users are equal, none of them comes first: their order
among each other is by followers anyway, and the number of rows stays bounded.
*/ -}}
{{define "search terms" -}}
terms AS MATERIALIZED (
    SELECT ARRAY[{{template "search key" "key.query"}}, {{template "search key" "ltrim(key.query, '@')"}}] AS usernames,
        ARRAY(SELECT array_to_string(w.words[i + 1:] || w.words[:i], ' ') FROM generate_series(0, cardinality(w.words) - 1) AS i) AS names,
        ARRAY(SELECT '% ' || left(word, 100) || '%' FROM unnest(w.words) AS word) AS patterns,
        (SELECT string_agg('''' || CASE WHEN length(word) <= 3 THEN word || '.''' ELSE left(word, 100) || ''':*' END, ' & ')
         FROM unnest(w.words) AS word)::tsquery AS query
    FROM key CROSS JOIN LATERAL (SELECT string_to_array({{.Words}}, ' ') AS words OFFSET 0) w
)
{{- end}}
{{define "search exact" -}}
named AS MATERIALIZED (
    SELECT u.id, u.cognito_id AS other
    FROM terms CROSS JOIN LATERAL (
        SELECT id, cognito_id FROM users u WHERE {{template "search key" "(u.username)"}} = ANY (terms.usernames) LIMIT 201
    ) u
), full_named AS MATERIALIZED (
    SELECT u.id, u.cognito_id AS other
    FROM terms CROSS JOIN LATERAL (
        SELECT id, cognito_id FROM users u WHERE {{.Name}} = ANY (terms.names) LIMIT 201
    ) u
), exact AS MATERIALIZED (
    SELECT id, other, max(rank) AS rank
    FROM (
        SELECT id, other, 3 AS rank FROM named WHERE (SELECT count(*) FROM named) <= 200
        UNION ALL
        SELECT id, other, 2 AS rank FROM full_named WHERE (SELECT count(*) FROM full_named) <= 200
    ) e
    GROUP BY id, other
), listed AS MATERIALIZED (
    SELECT coalesce(array_agg(id), '{}') AS ids FROM exact
)
{{- end}}
