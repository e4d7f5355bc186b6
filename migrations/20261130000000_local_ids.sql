-- Both statements change the catalog alone: no row is read or written.

-- The index on users.id bears the name that the Python service gave it. It is the primary key's own index, so that id
-- is not indexed twice. A database that this program adopted may have any name for its primary key.
DO $$
DECLARE
  key name := (SELECT conname FROM pg_constraint WHERE conrelid = 'users'::regclass AND contype = 'p');
BEGIN
  IF key <> 'ix_users_id' THEN
    EXECUTE format('ALTER TABLE users RENAME CONSTRAINT %I TO ix_users_id', key);
  END IF;
END
$$;

-- An id that is made up bears a mark, which tells it from an id of Cognito. Ids of older rows stay as they are.
ALTER TABLE users ALTER COLUMN cognito_id SET DEFAULT 'local-' || gen_random_uuid()::text;
