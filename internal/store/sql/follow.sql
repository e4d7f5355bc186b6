-- Adds the follows $1[n] → $2[n]. No pair may occur twice. Returns whether the follower and whether the followed user has
-- an account, and when the follow began, in one of two columns: a new follow, or an existing one. A follow that another
-- transaction added after this statement took its snapshot has neither time, and has to be tried again.
--
-- Locks are taken in the order of store/lock.go. Both accounts are locked first, as a foreign key would do it: a
-- deletion waits for running follows, and no follow of a deleted account begins. Counting the accounts makes sure that
-- all of them are locked before the first follow is written.
--
-- The statement waits for a lock at most $3 milliseconds; if $3 is null, the session's timeout applies. set_config is
-- valid until the end of the transaction, which is this statement. It runs before the first lock because the ids to
-- lock are joined with it. The setting that marks the writes as this program's own (own.sql) is made at the same point.
--
-- An existing follow is looked up as a whole row: for its time alone the planner would use the page index and read
-- everything that the follower follows.
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
