-- Removes the counts of the deleted account $1, if there is nothing left to count. A follow that is being imported has
-- locked the counts already, or finds them gone and makes them anew.
WITH {{template "own"}}
DELETE FROM user_follow_stats USING own
WHERE user_id = $1 AND deleted_at IS NOT NULL AND followers_count = 0 AND followings_count = 0
  AND NOT EXISTS (SELECT FROM user_follows WHERE follower_id = $1)
  AND NOT EXISTS (SELECT FROM user_follows WHERE following_id = $1)
