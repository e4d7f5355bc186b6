{{- /*
Raises both counts by the follows that were really inserted, which are the rows of a query named added. It is one upsert
in the order of user_id, after all of the rows exist.

If counts start at 0 although there were follows before, their row, or its content, was lost. The last query fails then,
because no count may be negative (ck_user_follow_stats_followers_count): see counts_repair.go.
*/ -}}
{{define "raise counts" -}}
moves AS MATERIALIZED (
    SELECT user_id, sum(followers)::bigint AS followers, sum(followings)::bigint AS followings
    FROM (
        SELECT following_id AS user_id, 1 AS followers, 0 AS followings FROM added
        UNION ALL
        SELECT follower_id, 0, 1 FROM added
    ) AS ends
    GROUP BY user_id
), moved AS (
    INSERT INTO user_follow_stats AS stats (user_id, followers_count, followings_count, updated_at)
    SELECT user_id, followers, followings, now() FROM moves
    ORDER BY user_id COLLATE "C"
    ON CONFLICT (user_id) DO UPDATE SET
        followers_count  = stats.followers_count + excluded.followers_count,
        followings_count = stats.followings_count + excluded.followings_count,
        updated_at       = excluded.updated_at
    RETURNING user_id, followers_count, followings_count
), amiss AS (
    INSERT INTO user_follow_stats (user_id, followers_count, followings_count)
    SELECT moved.user_id, -1, -1
    FROM moved
    JOIN moves ON moves.user_id = moved.user_id AND moves.followers = moved.followers_count AND moves.followings = moved.followings_count
    CROSS JOIN LATERAL (
        (SELECT FROM user_follows WHERE follower_id = moved.user_id LIMIT 1)
        UNION ALL
        (SELECT FROM user_follows WHERE following_id = moved.user_id LIMIT 1)
        LIMIT 1
    ) AS before
)
{{- end}}
