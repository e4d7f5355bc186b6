-- The table contains the lines in their order, so a block range index finds a chunk as well as a B-tree would, and
-- costs next to nothing. Autovacuum does not see temporary tables, so the planner's statistics have to be requested.
CREATE INDEX ON pg_temp.import_follows USING brin (line) WITH (pages_per_range = 32);
ANALYZE pg_temp.import_follows;
