-- How many staged accounts are still to be made.
SELECT count(*) FROM pg_temp.import_users;
