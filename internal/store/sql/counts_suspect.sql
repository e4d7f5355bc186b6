-- Which of the users $1 have counts that must be wrong: lower than $2 and $3, by which they should fall, or 0 although
-- there are follows. A user without a row counts as 0.
SELECT k.id
FROM unnest($1::varchar[], $2::bigint[], $3::bigint[]) AS k (id, followers, followings)
LEFT JOIN LATERAL (SELECT * FROM user_follow_stats WHERE user_id = k.id LIMIT 1) AS stats ON true
WHERE coalesce(stats.followers_count, 0) < k.followers
   OR coalesce(stats.followings_count, 0) < k.followings
   OR coalesce(stats.followers_count, 0) = 0 AND coalesce(stats.followings_count, 0) = 0
      AND ((SELECT true FROM user_follows WHERE follower_id = k.id LIMIT 1) OR (SELECT true FROM user_follows WHERE following_id = k.id LIMIT 1))
