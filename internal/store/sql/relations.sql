-- How the user $1 and each other user stand to each other: one lookup in the unique index on the pair either way. LIMIT
-- keeps the planner from reading all follows of the user.
SELECT k.ord, (follows.found IS NOT NULL)::int, (followed.found IS NOT NULL)::int
FROM unnest($2::varchar[]) WITH ORDINALITY AS k (other, ord)
LEFT JOIN LATERAL (
    SELECT true AS found FROM user_follows WHERE follower_id = $1 AND following_id = k.other LIMIT 1
) follows ON true
LEFT JOIN LATERAL (
    SELECT true AS found FROM user_follows WHERE follower_id = k.other AND following_id = $1 LIMIT 1
) followed ON true
