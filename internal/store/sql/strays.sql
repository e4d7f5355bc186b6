-- Accounts whose Cognito id is made up, which is a range of the index: '.' is the byte behind '-'. And the sums of the counts of
-- users who have no account: by them, the follows that they make, and those that others make of them. A follow between two of them is
-- one of each.
SELECT
    (SELECT count(*) FROM users WHERE cognito_id >= 'local-' COLLATE "C" AND cognito_id < 'local.' COLLATE "C"),
    coalesce(sum(stats.followings_count), 0)::bigint,
    coalesce(sum(stats.followers_count), 0)::bigint
FROM user_follow_stats AS stats
WHERE NOT EXISTS (SELECT FROM users WHERE users.cognito_id = stats.user_id)
