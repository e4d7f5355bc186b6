-- atlas:txmode none

-- The order of all users by followers. Rows stay as they are, and the previous version of the program does not use it.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "ix_user_follow_stats_followers_count" ON "user_follow_stats" ("followers_count", "user_id");
