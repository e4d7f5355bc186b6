-- The server, the database and the search_path of the connection.
SELECT
  current_setting('server_version_num')::integer AS version_num,
  current_setting('server_version') AS version,
  d.datname AS database,
  pg_get_userbyid(d.datdba) AS database_owner,
  pg_encoding_to_char(d.encoding) AS encoding,
  coalesce(d.datcollate, '') AS "collate",
  coalesce(d.datctype, '') AS ctype,
  to_regcollation('"und-x-icu"') IS NOT NULL AS icu,
  pg_is_in_recovery() AS recovery,
  current_setting('default_transaction_read_only')::boolean AS read_only,
  current_setting('search_path') AS search_path,
  coalesce(current_schema()::text, '') AS current_schema,
  current_schemas(false)::text[] AS schemas
FROM pg_database AS d
WHERE d.datname = current_database()
