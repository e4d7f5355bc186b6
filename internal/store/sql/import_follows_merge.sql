-- Merges the staged lines $1 <= line < $2; rows without a time get $3. Returns how many follows are new. Unless
-- MayRepeat is set, it fails if a follow already exists.
--
-- Only a row that was really inserted changes counters, in the same transaction, so counts equal rows at every commit.
-- Follows get their ids in the order of the lines, and are written in the order in which all writers lock follows
-- (store/lock.go): live writers wait for a chunk and never deadlock with it.
WITH {{template "own"}}, added AS (
    INSERT INTO user_follows (id, follower_id, following_id, created_at)
    SELECT id, follower_id, following_id, created_at
    FROM (
        SELECT
            nextval(pg_get_serial_sequence('user_follows', 'id')) AS id,
            follower_id, following_id, coalesce(created_at, $3::timestamptz) AS created_at
        FROM (SELECT * FROM pg_temp.import_follows WHERE line >= $1 AND line < $2 ORDER BY line) AS lines, own
        OFFSET 0
    ) AS numbered
    ORDER BY follower_id COLLATE "C", following_id COLLATE "C", id
    {{if .MayRepeat}}ON CONFLICT (follower_id, following_id) DO NOTHING{{end}}
    RETURNING follower_id, following_id
), {{template "raise counts"}}
SELECT count(*) FROM added;
