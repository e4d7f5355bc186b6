CREATE INDEX ON pg_temp.import_users USING brin (line) WITH (pages_per_range = 32);
ANALYZE pg_temp.import_users;
