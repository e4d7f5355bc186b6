-- How many users and follows there are. Tables of up to $1 pages are counted. A count of a larger one would read it
-- for seconds, so it is estimated as the planner does: by the rows per page when it was last analyzed, and by the pages
-- that it has now. It is too low only if rows take less space than then, as where deletions had left gaps that new rows
-- have filled; so the greater of it and PostgreSQL's own running count of live rows is taken. A table that was never
-- analyzed is counted.
WITH sizes AS (
    SELECT c.relname, c.reltuples, c.relpages, pg_relation_size(c.oid) / current_setting('block_size')::bigint AS pages,
           coalesce(pg_stat_get_live_tuples(c.oid), 0) AS live
    FROM pg_class c
    WHERE c.oid IN ('users'::regclass, 'user_follows'::regclass)
), estimates AS (
    SELECT relname, CASE WHEN pages > $1::bigint AND relpages > 0 AND reltuples >= 0
        THEN greatest(ceil(reltuples::float8 / relpages * pages)::bigint, live) END AS rows
    FROM sizes
)
SELECT coalesce((SELECT rows FROM estimates WHERE relname = 'users'), (SELECT count(*) FROM users)),
       coalesce((SELECT rows FROM estimates WHERE relname = 'user_follows'), (SELECT count(*) FROM user_follows))
