-- How many follows there are, and how many of them are between two accounts, with the ids that accounts have or would
-- have.
WITH id AS MATERIALIZED (
    SELECT DISTINCT coalesce(moves.new_id, users.cognito_id) AS id
    FROM users
    LEFT JOIN pg_temp.link_moves AS moves ON moves.account = users.id AND moves.problem IS NULL
)
SELECT count(*), count(*) FILTER (WHERE follower.id IS NOT NULL AND following.id IS NOT NULL)
FROM user_follows
LEFT JOIN id AS follower ON follower.id = follower_id
LEFT JOIN id AS following ON following.id = following_id
