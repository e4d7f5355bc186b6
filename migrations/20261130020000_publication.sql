-- Every server reads the commits of these tables as they happen. The old row of a deleted follow has to be in the log,
-- because its time tells its place in both lists. No row is read or written.
ALTER TABLE user_follows REPLICA IDENTITY FULL;

-- What may leave the database: nothing private and no password. No publication is created, and the migration does not
-- fail, if PostgreSQL cannot leave columns out (14), if the role may not create one, if there is one of this name with
-- tables already, or if updates would then fail because a table has another replica identity than its primary key. The
-- program answers from SQL then, and says at its start what is missing.
-- PostgreSQL does not change the type of a published column: a migration that does so drops the publication before, and
-- creates it again.
DO $$
DECLARE
  tables text := format('%1$I.users (id, cognito_id, username, firstname, lastname, avatar, role, created_at, updated_at, token_version), '
    '%1$I.user_follows, %1$I.user_follow_stats (user_id, updated_at)', current_schema());
BEGIN
  IF current_setting('server_version_num')::integer < 150000 THEN
    RAISE NOTICE 'no publication: PostgreSQL 14 cannot publish some columns of a table without the others';
  ELSIF EXISTS (SELECT FROM pg_class WHERE oid IN ('users'::regclass, 'user_follow_stats'::regclass) AND relreplident <> 'd') THEN
    RAISE NOTICE 'no publication: users or user_follow_stats has a replica identity other than its primary key';
  ELSIF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'followgraph') THEN
    EXECUTE 'CREATE PUBLICATION followgraph FOR TABLE ' || tables;
  ELSIF NOT EXISTS (SELECT FROM pg_publication_tables WHERE pubname = 'followgraph') THEN
    EXECUTE 'ALTER PUBLICATION followgraph SET TABLE ' || tables;
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'no publication: the role % may not create it: %', current_user, SQLERRM;
END
$$;
