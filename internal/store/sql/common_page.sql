-- A page of the elements that two follow lists share, for each key. It walks the first list from the key's position in
-- the order of the page index and looks up each element in the second list, in the unique index on the pair. The inner
-- LIMIT keeps the planner from reading the whole second list for a join.
SELECT k.ord, f.other, f.created_at, f.id, {{template "account columns" .}}
FROM unnest($1::varchar[], $2::varchar[], $3::timestamptz[], $4::bigint[], $5::int[], $6::bool[], $7::bool[])
     WITH ORDINALITY AS k (walked, probed, at, id, most, users, counts, ord)
CROSS JOIN LATERAL (
    SELECT other, created_at, id, row_number() OVER () AS n
    FROM (
        SELECT w.{{.Walked.Other}} AS other, w.created_at, w.id
        FROM user_follows w
        CROSS JOIN LATERAL (
            SELECT
            FROM user_follows p
            WHERE p.{{.Probed.Other}} = w.{{.Walked.Other}} AND p.{{.Probed.Owner}} = k.probed
            LIMIT 1
        ) p
        WHERE w.{{.Walked.Owner}} = k.walked
          AND (w.created_at, w.id) {{.Beyond}} (k.at, k.id)
        ORDER BY w.created_at {{.Order}}, w.id {{.Order}}
        LIMIT k.most
    ) page
) f
{{template "account joins" .}}
