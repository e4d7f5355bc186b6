-- Inserts rows of counts for the users $1, which locks these rows. It waits for a row that another session is
-- inserting.
INSERT INTO {{.Schema}}.user_follow_stats (user_id, followers_count, followings_count{{if .StatsUpdatedAt}}, updated_at{{end}})
SELECT id, 0, 0{{if .StatsUpdatedAt}}, now(){{end}} FROM unnest($1::varchar[]) AS id ORDER BY id COLLATE "C"
ON CONFLICT (user_id) DO NOTHING
RETURNING user_id::varchar
