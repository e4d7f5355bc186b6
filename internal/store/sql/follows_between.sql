-- The follows from users of one list to users of another, between users who have accounts, for each group of two lists.
-- The possible followers are $1[$2[n]] to $1[$3[n]], the possible followed users $4[$5[n]] to $4[$6[n]].
--
-- Each pair is one lookup in the unique index on the pair, so no follow list is read, however long: neither that of a
-- user who follows 50,000 users nor that of a user with 50,000 followers. Every shorter form lets the planner use an
-- index on the follower alone and read everything that every follower follows: both lists as = ANY, a join of both, or
-- one = ANY for each follower. For the same reason a follow is looked up as a whole row: for its time alone the
-- covering page index would do.
SELECT k.ord, follower.id, following.id, (found.follow).created_at
FROM unnest($2::int[], $3::int[], $5::int[], $6::int[])
     WITH ORDINALITY AS k (first_follower, last_follower, first_following, last_following, ord)
CROSS JOIN LATERAL (
    SELECT array_agg(account.cognito_id) AS ids
    FROM unnest(($4::varchar[])[k.first_following:k.last_following]) AS asked (id)
    CROSS JOIN LATERAL (SELECT cognito_id FROM users WHERE cognito_id = asked.id LIMIT 1) account
) followings
CROSS JOIN LATERAL unnest(($1::varchar[])[k.first_follower:k.last_follower]) AS follower (id)
CROSS JOIN LATERAL (SELECT FROM users WHERE cognito_id = follower.id LIMIT 1) account
CROSS JOIN LATERAL unnest(followings.ids) AS following (id)
CROSS JOIN LATERAL (
    SELECT follow FROM user_follows AS follow WHERE follower_id = follower.id AND following_id = following.id LIMIT 1
) found
