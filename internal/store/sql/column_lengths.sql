-- The maximum number of characters of each column of users that has a limit. The type modifier includes its own four
-- bytes.
SELECT attname::text, atttypmod - 4 FROM pg_attribute
WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped
  AND atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND atttypmod > 4
