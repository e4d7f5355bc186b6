-- How many staged accounts remain to be created.
SELECT count(*) FROM pg_temp.import_users;
