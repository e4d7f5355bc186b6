-- A page of followers or following for each key: one descent of the covering page index per key, then
-- its next rows, whatever the depth. LATERAL with the key's own LIMIT keeps it so under a generic plan too.
SELECT k.ord, f.other, f.created_at, f.id
FROM unnest($1::varchar[], $2::timestamptz[], $3::bigint[], $4::int[])
     WITH ORDINALITY AS k (owner, at, id, most, ord)
CROSS JOIN LATERAL (
    SELECT {{.Other}} AS other, created_at, id
    FROM user_follows
    WHERE {{.Owner}} = k.owner
      AND (created_at, id) {{.Beyond}} (k.at, k.id)
    ORDER BY created_at {{.Order}}, id {{.Order}}
    LIMIT k.most
) f
