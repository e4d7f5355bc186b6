-- Removes the counts of the deleted account $1 if nothing is left to count. A follow that is being imported either has
-- locked the counts already, or finds them gone and creates them again.
WITH {{template "own"}}
DELETE FROM user_follow_stats USING own
WHERE user_id = $1 AND deleted_at IS NOT NULL AND followers_count = 0 AND followings_count = 0
  AND NOT EXISTS (SELECT FROM user_follows WHERE follower_id = $1)
  AND NOT EXISTS (SELECT FROM user_follows WHERE following_id = $1)
