-- Follows that name an id without an account. __COLUMN__ is the column of users with the ids.
WITH known AS MATERIALIZED (
  SELECT DISTINCT __COLUMN__::text COLLATE "C" AS id FROM __USERS__ WHERE __COLUMN__ IS NOT NULL
)
SELECT count(*)
FROM __FOLLOWS__ AS f
LEFT JOIN known AS follower ON follower.id = f.follower_id::text COLLATE "C"
LEFT JOIN known AS following ON following.id = f.following_id::text COLLATE "C"
WHERE follower.id IS NULL OR following.id IS NULL
