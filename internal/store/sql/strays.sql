-- The number of accounts with a made-up Cognito id, which is a range of the index: '.' is the byte after '-'. Then the
-- sums of the counts of users without an account: the follows by them and the follows of them. A follow between two of
-- them is included in both.
SELECT
    (SELECT count(*) FROM users WHERE cognito_id >= 'local-' COLLATE "C" AND cognito_id < 'local.' COLLATE "C"),
    coalesce(sum(stats.followings_count), 0)::bigint,
    coalesce(sum(stats.followers_count), 0)::bigint
FROM user_follow_stats AS stats
WHERE NOT EXISTS (SELECT FROM users WHERE users.cognito_id = stats.user_id)
