-- How many of the accounts without another id are named by their number in follows.
SELECT count(*) FROM pg_temp.link_accounts AS a
WHERE EXISTS (SELECT FROM user_follows WHERE follower_id = a.account::text) OR EXISTS (SELECT FROM user_follows WHERE following_id = a.account::text)
