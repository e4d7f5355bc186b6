-- Version tables of a migration tool. $1: 'alembic' or 'atlas'. Alembic's table can have any name: its only column
-- identifies it.
SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS table, has_table_privilege(c.oid, 'SELECT') AS readable
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
  AND CASE $1
    WHEN 'alembic' THEN ARRAY['version_num'] = ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
    ELSE c.relname = 'atlas_schema_revisions' AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'partial_hashes')
  END
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
