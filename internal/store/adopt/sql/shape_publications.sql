-- Publications of a table. $1: the table. Since version 15 a publication can have schemas, column lists and filters.
-- Without Followgraph's own: it belongs to the tables in their new form, so an exchange must not give it the others.
SELECT p.pubname AS name, pg_has_role(p.pubowner, 'USAGE') AS is_owner, p.puballtables AS all_tables, __SCHEMA__ AS schema, __COLUMNS__ AS columns, __FILTER__ AS filter
FROM pg_publication AS p
LEFT JOIN pg_publication_rel AS r ON r.prpubid = p.oid AND r.prrelid = $1::oid
WHERE p.pubname <> 'followgraph' AND (p.puballtables OR r.oid IS NOT NULL OR __SCHEMA__)
ORDER BY p.pubname COLLATE "C"
