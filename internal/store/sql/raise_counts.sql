{{- /*
Moves both counts by the follows that really appeared, those of a query named added: in one upsert, in the order of
user_id, once all of them are there.
*/ -}}
{{define "raise counts" -}}
INSERT INTO user_follow_stats AS stats (user_id, followers_count, followings_count, updated_at)
    SELECT user_id, sum(followers), sum(followings), now()
    FROM (
        SELECT following_id AS user_id, 1 AS followers, 0 AS followings FROM added
        UNION ALL
        SELECT follower_id, 0, 1 FROM added
    ) AS ends
    GROUP BY user_id
    ORDER BY user_id COLLATE "C"
    ON CONFLICT (user_id) DO UPDATE SET
        followers_count  = stats.followers_count + excluded.followers_count,
        followings_count = stats.followings_count + excluded.followings_count,
        updated_at       = excluded.updated_at
{{- end}}
