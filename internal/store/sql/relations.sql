-- Whether the user $1 follows each other user, and whether that user follows $1: one lookup in the unique index on the
-- pair for each direction. LIMIT keeps the planner from reading all follows of the user.
SELECT k.ord, (follows.found IS NOT NULL)::int, (followed.found IS NOT NULL)::int
FROM unnest($2::varchar[]) WITH ORDINALITY AS k (other, ord)
LEFT JOIN LATERAL (
    SELECT true AS found FROM user_follows WHERE follower_id = $1 AND following_id = k.other LIMIT 1
) follows ON true
LEFT JOIN LATERAL (
    SELECT true AS found FROM user_follows WHERE follower_id = k.other AND following_id = $1 LIMIT 1
) followed ON true
