-- Which of the rows that follows lock are locked by another transaction: the rows of the users $1, including accounts
-- only if $4 is set, and the follows $2[n] → $3[n]. A user is returned with an empty second id. Users without a row of
-- counts are returned too, with 0 instead of 1: another transaction may be inserting that row, which is not visible
-- yet.
--
-- It waits for no lock and releases its own locks when it ends, so it is not a writer in the sense of store/lock.go.
WITH asked AS MATERIALIZED (
    SELECT id FROM unnest($1::varchar[]) AS id
), pair AS MATERIALIZED (
    SELECT * FROM unnest($2::varchar[], $3::varchar[]) AS k (follower_id, following_id)
), free_account AS MATERIALIZED (
    SELECT found.cognito_id FROM asked
    CROSS JOIN LATERAL (SELECT cognito_id FROM users WHERE $4 AND cognito_id = asked.id LIMIT 1 FOR KEY SHARE SKIP LOCKED) found
), free_counts AS MATERIALIZED (
    SELECT found.user_id FROM asked
    CROSS JOIN LATERAL (SELECT user_id FROM user_follow_stats WHERE user_id = asked.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) found
), free_follow AS MATERIALIZED (
    SELECT found.follower_id, found.following_id FROM pair
    CROSS JOIN LATERAL (
        SELECT follower_id, following_id FROM user_follows
        WHERE follower_id = pair.follower_id AND following_id = pair.following_id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) found
)
SELECT 1, asked.id, 0, '' FROM asked
WHERE EXISTS (SELECT FROM users WHERE $4 AND cognito_id = asked.id) AND asked.id NOT IN (SELECT cognito_id FROM free_account)
   OR EXISTS (SELECT FROM user_follow_stats WHERE user_id = asked.id) AND asked.id NOT IN (SELECT user_id FROM free_counts)
UNION ALL
SELECT 0, asked.id, 0, '' FROM asked
WHERE NOT EXISTS (SELECT FROM user_follow_stats WHERE user_id = asked.id)
UNION ALL
SELECT 1, pair.follower_id, 1, pair.following_id FROM pair
CROSS JOIN LATERAL (
    SELECT follow FROM user_follows AS follow
    WHERE follower_id = pair.follower_id AND following_id = pair.following_id LIMIT 1
) there
WHERE (pair.follower_id, pair.following_id) NOT IN (SELECT follower_id, following_id FROM free_follow)
