-- Begins the follows $1[n] → $2[n], no pair twice: whether both have an account, and when the follow began, one that is
-- new or one that was there already. A follow that another transaction began after this statement did comes back with
-- neither time, and has to be asked for again.
--
-- Locks are taken in the order that store/lock.go says. Both accounts are locked first, as a foreign key would do it: who
-- deletes one waits for the follows under way, and no follow of a deleted account begins. That the accounts are counted
-- is what has all of them locked before the first follow is written.
--
-- The statement waits for a lock $3 milliseconds at most, null: as long as the session does. set_config holds until the
-- end of the transaction, which is the statement; it runs before the first lock, because the ids to lock are joined with it.
-- So does what says that the writes are this program's own (see own.sql).
--
-- A follow that was there is looked up as a whole row: for its time alone the planner would take the page index, and read
-- all that the follower follows.
WITH patience AS MATERIALIZED (
    SELECT set_config('lock_timeout', coalesce($3, current_setting('lock_timeout')), true), set_config('followgraph.writer', 'own', true)
), key AS MATERIALIZED (
    SELECT * FROM unnest($1::varchar[], $2::varchar[]) WITH ORDINALITY AS k (follower_id, following_id, ord)
), account AS MATERIALIZED (
    SELECT found.cognito_id
    FROM (
        SELECT DISTINCT id COLLATE "C" AS id FROM patience, unnest($1::varchar[] || $2::varchar[]) AS id ORDER BY id COLLATE "C" OFFSET 0
    ) k
    CROSS JOIN LATERAL (SELECT cognito_id FROM users WHERE cognito_id = k.id LIMIT 1 FOR KEY SHARE) found
), added AS (
    INSERT INTO user_follows (follower_id, following_id)
    SELECT follower_id, following_id FROM key
    WHERE (SELECT count(*) FROM account) > 0
      AND follower_id IN (SELECT cognito_id FROM account)
      AND following_id IN (SELECT cognito_id FROM account)
    ORDER BY follower_id COLLATE "C", following_id COLLATE "C"
    ON CONFLICT (follower_id, following_id) DO NOTHING
    RETURNING follower_id, following_id, created_at
), {{template "raise counts"}}
SELECT
    key.ord,
    (key.follower_id IN (SELECT cognito_id FROM account))::int,
    (key.following_id IN (SELECT cognito_id FROM account))::int,
    added.created_at,
    (known.follow).created_at
FROM key
LEFT JOIN added ON (added.follower_id, added.following_id) = (key.follower_id, key.following_id)
LEFT JOIN LATERAL (
    SELECT follow FROM user_follows AS follow
    WHERE follower_id = key.follower_id AND following_id = key.following_id
    LIMIT 1
) known ON true
