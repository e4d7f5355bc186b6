-- A page of the elements that two lists of follows share, for each key: walks the first list from the key's
-- position in the page index's order and looks each element up in the second one, by the unique index on the
-- pair. The inner LIMIT keeps the planner from reading the second list whole to join it.
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
