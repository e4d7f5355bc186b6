-- How many characters the columns of users may have, of those that have a limit. The type modifier counts its own four bytes.
SELECT attname::text, atttypmod - 4 FROM pg_attribute
WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped
  AND atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND atttypmod > 4
