-- Every server reads the commits of these tables as they happen. The old row of a deleted follow has to be in the log,
-- because its time tells its place in both lists. No row is read or written.
ALTER TABLE user_follows REPLICA IDENTITY FULL;

-- What may leave the database: nothing private and no password. PostgreSQL 14 cannot leave columns out. A role that may
-- not create a publication, and a publication of this name that has tables already, are no reason to fail: the program
-- answers from SQL then, and says at its start what is missing.
DO $$
DECLARE
  tables text := format('%1$I.users (id, cognito_id, username, firstname, lastname, avatar, role, created_at, updated_at, token_version), '
    '%1$I.user_follows, %1$I.user_follow_stats (user_id, updated_at)', current_schema());
BEGIN
  IF current_setting('server_version_num')::integer < 150000 THEN
    RAISE NOTICE 'PostgreSQL 14 cannot publish some columns of a table without the others: no publication';
  ELSIF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'followgraph') THEN
    EXECUTE 'CREATE PUBLICATION followgraph FOR TABLE ' || tables;
  ELSIF NOT EXISTS (SELECT FROM pg_publication_tables WHERE pubname = 'followgraph') THEN
    EXECUTE 'ALTER PUBLICATION followgraph SET TABLE ' || tables;
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'the role % may not create the publication: %', current_user, SQLERRM;
END
$$;
