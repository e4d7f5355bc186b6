-- Gives the accounts $1[n], which are locked, the ids $2[n], and returns the old ids of the accounts that it changed.
-- It changes only an account whose old id is named by nothing but the row of users, and whose new id has no account. It
-- skips an id whose account is being deleted: the rest of the deletion would remove what belongs to this account.
-- Tokens of the old id become invalid. The new version also keeps tokens of an earlier account with the new id invalid.
UPDATE users SET
    cognito_id    = k.new_id,
    token_version = greatest(users.token_version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint),
    password_hash = coalesce($3, users.password_hash)
FROM unnest($1::varchar[], $2::varchar[]) AS k (old_id, new_id)
WHERE users.cognito_id = k.old_id
  AND NOT EXISTS (SELECT FROM users WHERE cognito_id = k.new_id)
  AND NOT EXISTS (SELECT FROM user_follow_stats WHERE user_id = k.old_id)
  AND NOT EXISTS (SELECT FROM user_follow_stats WHERE user_id = k.new_id AND deleted_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM user_follows WHERE follower_id = k.old_id)
  AND NOT EXISTS (SELECT FROM user_follows WHERE following_id = k.old_id)
RETURNING k.old_id
