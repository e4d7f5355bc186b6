-- The counts of these users; one who has no row has none.
SELECT k.ord, s.followers_count, s.followings_count
FROM unnest($1::varchar[]) WITH ORDINALITY AS k (user_id, ord)
CROSS JOIN LATERAL (SELECT * FROM user_follow_stats WHERE user_id = k.user_id LIMIT 1) s
