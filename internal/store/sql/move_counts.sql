-- Changes the counts of the users $1[n], which are locked, by $2[n] and $3[n]. A count that would fall below zero was
-- too low before, so the counts of its user are taken from the rows.
UPDATE user_follow_stats AS stats SET
    followers_count = CASE WHEN k.wrong THEN (SELECT count(*) FROM user_follows WHERE following_id = k.user_id) ELSE stats.followers_count + k.followers END,
    followings_count = CASE WHEN k.wrong THEN (SELECT count(*) FROM user_follows WHERE follower_id = k.user_id) ELSE stats.followings_count + k.followings END,
    updated_at = now()
FROM (
    SELECT moves.*, before.followers_count + moves.followers < 0 OR before.followings_count + moves.followings < 0 AS wrong
    FROM unnest($1::varchar[], $2::bigint[], $3::bigint[]) AS moves (user_id, followers, followings)
    CROSS JOIN LATERAL (SELECT * FROM user_follow_stats WHERE user_id = moves.user_id LIMIT 1) AS before
) AS k
WHERE stats.user_id = k.user_id
