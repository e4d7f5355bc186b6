-- The catalog entries of all objects that do not belong to the adoption, one per line.
WITH ours AS (
  SELECT c.oid, c.relname, c.relkind, c.relnamespace, c.relacl, c.relowner, c.reloptions, c.relreplident, c.relrowsecurity, c.relforcerowsecurity, n.nspname
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^(pg_|information_schema|followgraph_|atlas_)'
)
SELECT line FROM (
  SELECT concat_ws(' ', 'column', nspname, relname || '.' || attname, format_type(atttypid, atttypmod),
    (SELECT 'collate ' || collname FROM pg_collation WHERE oid = attcollation AND collname <> 'default'),
    CASE WHEN attnotnull THEN 'not null' END,
    CASE attidentity WHEN 'd' THEN 'identity by default' WHEN 'a' THEN 'identity always' END,
    CASE attgenerated WHEN 's' THEN 'generated' END,
    'default ' || pg_get_expr(adbin, adrelid), attacl::text, col_description(ours.oid, attnum), 'options ' || attoptions::text,
    'statistics ' || nullif(attstattarget, -1)) AS line
  FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE relkind IN ('r', 'v', 'm')
  UNION ALL
  SELECT concat_ws(' ', 'relation', relkind, nspname, relname, 'owner ' || pg_get_userbyid(relowner), 'acl ' || relacl::text, 'options ' || reloptions::text,
    'identity ' || relreplident::text, CASE WHEN relrowsecurity THEN 'row security' END, CASE WHEN relforcerowsecurity THEN 'forced' END, obj_description(oid, 'pg_class'))
  FROM ours WHERE relkind <> 'c'
  UNION ALL
  SELECT concat_ws(' ', 'constraint', nspname, relname || '.' || conname, pg_get_constraintdef(pg_constraint.oid), CASE WHEN convalidated THEN 'validated' END, obj_description(pg_constraint.oid, 'pg_constraint'))
  FROM ours JOIN pg_constraint ON conrelid = ours.oid
  WHERE contype <> 'n'
  UNION ALL
  SELECT concat_ws(' ', 'index', pg_get_indexdef(ours.oid), CASE WHEN indisvalid THEN 'valid' END, CASE WHEN indisreplident THEN 'replica' END, CASE WHEN indisclustered THEN 'clustered' END)
  FROM ours JOIN pg_index ON indexrelid = ours.oid
  UNION ALL
  SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), tgenabled, obj_description(t.oid, 'pg_trigger')) FROM ours JOIN pg_trigger AS t ON tgrelid = ours.oid WHERE NOT tgisinternal
  UNION ALL
  SELECT concat_ws(' ', 'rule', pg_get_ruledef(r.oid)) FROM ours JOIN pg_rewrite AS r ON ev_class = ours.oid
  UNION ALL
  SELECT concat_ws(' ', 'policy', relname, polname, polcmd, polroles::regrole[]::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM ours JOIN pg_policy ON polrelid = ours.oid
  UNION ALL
  SELECT concat_ws(' ', 'statistics', pg_get_statisticsobjdef(s.oid)) FROM ours JOIN pg_statistic_ext AS s ON stxrelid = ours.oid
  UNION ALL
  SELECT concat_ws(' ', 'publication', pubname, nspname, relname) FROM ours JOIN pg_publication_rel ON prrelid = ours.oid JOIN pg_publication AS p ON p.oid = prpubid
  UNION ALL
  SELECT concat_ws(' ', 'sequence', nspname, relname, format_type(seqtypid, NULL), 'from', seqstart, 'by', seqincrement, 'to', seqmax, 'of',
    (SELECT refobjid::regclass || '.' || (SELECT attname FROM pg_attribute WHERE attrelid = refobjid AND attnum = refobjsubid) || deptype::text FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = ours.oid AND deptype IN ('a', 'i')))
  FROM ours JOIN pg_sequence ON seqrelid = ours.oid
  UNION ALL
  SELECT concat_ws(' ', 'type', nspname, typname, typtype, 'owner ' || pg_get_userbyid(typowner), string_agg(enumlabel, ',' ORDER BY enumsortorder), CASE WHEN typbasetype <> 0 THEN format_type(typbasetype, typtypmod) END)
  FROM pg_type JOIN pg_namespace AS n ON n.oid = typnamespace LEFT JOIN pg_enum ON enumtypid = pg_type.oid
  WHERE typtype IN ('e', 'd') AND nspname !~ '^(pg_|information_schema|followgraph_)' GROUP BY pg_type.oid, nspname
  UNION ALL
  SELECT concat_ws(' ', 'function', pg_get_functiondef(p.oid), proacl::text) FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = pronamespace WHERE nspname !~ '^(pg_|information_schema|followgraph_)'
  UNION ALL
  SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_'
) AS everything
ORDER BY line COLLATE "C"
