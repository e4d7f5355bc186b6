-- The users at the other end of the follows of each user, at most $2 in all. The inner LIMIT also bounds a list that is
-- longer than its count says. The order and a limit that the planner does not know make it read the covering page index.
SELECT k.ord, f.other
FROM unnest(ARRAY[$2::int]) AS m (most)
CROSS JOIN LATERAL unnest($1::varchar[]) WITH ORDINALITY AS k (user_id, ord)
CROSS JOIN LATERAL (
    SELECT {{.Other}} AS other FROM user_follows WHERE {{.Owner}} = k.user_id
    ORDER BY created_at DESC, id DESC LIMIT m.most
) f
LIMIT $2::int
