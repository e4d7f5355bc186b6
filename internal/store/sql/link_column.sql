-- Whether users has the column $1.
SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = $1 AND attnum > 0 AND NOT attisdropped)
