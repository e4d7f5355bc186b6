-- The number of elements that two follow lists share, for each key. It walks the first list in the page index, and looks
-- up each element in the second list, in the unique index on the pair. It is null if the first list has more than $3.
SELECT k.ord, total.shared
FROM unnest($1::varchar[], $2::varchar[], $3::int[]) WITH ORDINALITY AS k (walked, probed, most, ord)
CROSS JOIN LATERAL (
    SELECT CASE WHEN count(*) <= k.most THEN count(p.found) END AS shared
    FROM (
        SELECT {{.Walked.Other}} AS other
        FROM user_follows
        WHERE {{.Walked.Owner}} = k.walked
        ORDER BY created_at DESC, id DESC
        LIMIT k.most + 1
    ) w
    LEFT JOIN LATERAL (
        SELECT true AS found
        FROM user_follows
        WHERE {{.Probed.Other}} = w.other AND {{.Probed.Owner}} = k.probed
        LIMIT 1
    ) p ON true
) total
