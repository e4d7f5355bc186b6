-- The counts of these users. A user without a row of counts is not in the result.
SELECT k.ord, s.followers_count, s.followings_count
FROM unnest($1::varchar[]) WITH ORDINALITY AS k (user_id, ord)
CROSS JOIN LATERAL (SELECT * FROM user_follow_stats WHERE user_id = k.user_id LIMIT 1) s
