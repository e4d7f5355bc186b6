-- How many of the accounts that have no other id yet follows name by their number, looked at through the counts, which there
-- are for users that have ever followed.
SELECT count(*) FROM pg_temp.link_accounts AS a
WHERE EXISTS (SELECT FROM user_follows WHERE follower_id = a.account::text) OR EXISTS (SELECT FROM user_follows WHERE following_id = a.account::text)
