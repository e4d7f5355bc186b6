-- A hash of the catalog rows of the three tables, which any ALTER changes. $1: the three tables.
SELECT md5(coalesce(string_agg(line, ' ' ORDER BY line), '')) FROM (
  SELECT 'c' || oid || ' ' || xmin AS line FROM pg_class WHERE oid = ANY ($1::oid[])
  UNION ALL SELECT 'a' || attrelid || ' ' || attnum || ' ' || xmin FROM pg_attribute WHERE attrelid = ANY ($1::oid[])
  UNION ALL SELECT 'd' || oid || ' ' || xmin FROM pg_attrdef WHERE adrelid = ANY ($1::oid[])
  UNION ALL SELECT 'i' || indexrelid || ' ' || xmin FROM pg_index WHERE indrelid = ANY ($1::oid[])
  UNION ALL SELECT 'k' || oid || ' ' || xmin FROM pg_constraint WHERE conrelid = ANY ($1::oid[]) OR confrelid = ANY ($1::oid[])
  UNION ALL SELECT 't' || oid || ' ' || xmin FROM pg_trigger WHERE tgrelid = ANY ($1::oid[])
  UNION ALL SELECT 'p' || oid || ' ' || xmin FROM pg_policy WHERE polrelid = ANY ($1::oid[])
  UNION ALL SELECT 'r' || oid || ' ' || xmin FROM pg_rewrite WHERE ev_class = ANY ($1::oid[])
) AS lines
