-- Lines lie in the table in their order, so that a block range index, which costs next to nothing,
-- finds a chunk as well as a B-tree would. Autovacuum does not see temporary tables: the planner's
-- statistics have to be asked for.
CREATE INDEX ON pg_temp.import_follows USING brin (line) WITH (pages_per_range = 32);
ANALYZE pg_temp.import_follows;
