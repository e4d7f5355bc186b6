-- The effect of an import of the staged follows: how many follows are new, and how many accounts would be created. It
-- reads no more than the import itself.
SELECT
    (SELECT count(*) FROM (SELECT DISTINCT follower_id, following_id FROM pg_temp.import_follows) AS given
     WHERE NOT EXISTS (
         SELECT FROM user_follows AS f WHERE f.follower_id = given.follower_id AND f.following_id = given.following_id)),
    CASE WHEN $1::boolean THEN
        (SELECT count(*) FROM (
             SELECT follower_id AS id FROM pg_temp.import_follows UNION SELECT following_id FROM pg_temp.import_follows) AS ids
         WHERE NOT EXISTS (SELECT FROM users WHERE users.cognito_id = ids.id)
             AND NOT EXISTS (SELECT FROM user_follow_stats AS stats WHERE stats.user_id = ids.id AND stats.deleted_at IS NOT NULL))
    ELSE 0 END;
