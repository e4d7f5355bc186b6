-- A page of followers or following for each key: one descent of the covering page index per key, then its next rows, at
-- any depth of the list. LATERAL with the key's own LIMIT ensures that under a generic plan too. The rows of a page are
-- numbered within that page, because the last one only shows that there are more.
SELECT k.ord, f.other, f.created_at, f.id, {{template "account columns" .}}
FROM unnest($1::varchar[], $2::timestamptz[], $3::bigint[], $4::int[], $5::bool[], $6::bool[])
     WITH ORDINALITY AS k (owner, at, id, most, users, counts, ord)
CROSS JOIN LATERAL (
    SELECT other, created_at, id, row_number() OVER () AS n
    FROM (
        SELECT {{.Other}} AS other, created_at, id
        FROM user_follows
        WHERE {{.Owner}} = k.owner
          AND (created_at, id) {{.Beyond}} (k.at, k.id)
        ORDER BY created_at {{.Order}}, id {{.Order}}
        LIMIT k.most
    ) page
) f
{{template "account joins" .}}
