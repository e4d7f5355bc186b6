-- atlas:txmode none

-- A search uses the index of words instead. The previous version of the program goes on to work, but searches without an
-- index until it is replaced.
DROP INDEX CONCURRENTLY IF EXISTS "ix_users_firstname_search";
DROP INDEX CONCURRENTLY IF EXISTS "ix_users_lastname_search";
