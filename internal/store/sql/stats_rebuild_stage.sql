-- The ids of the counts to repair, numbered in the order in which writers lock counts.
CREATE TEMPORARY TABLE stats_drifts AS
SELECT row_number() OVER (ORDER BY user_id COLLATE "C") AS line, user_id
FROM ({{template "stats_drifts.sql"}}) AS drifts;
CREATE INDEX ON pg_temp.stats_drifts (line);
ANALYZE pg_temp.stats_drifts;
