-- Cognito ids are compared byte by byte from here on. Every lookup walks an index by comparing them, and under a
-- language's collation that costs several times more. The rows stay as they are; the indexes on the columns are
-- built anew, and their tables locked until that is done.
ALTER TABLE users ALTER COLUMN cognito_id TYPE character varying COLLATE "C";
ALTER TABLE user_follows
  ALTER COLUMN follower_id TYPE character varying COLLATE "C",
  ALTER COLUMN following_id TYPE character varying COLLATE "C";
ALTER TABLE user_follow_stats ALTER COLUMN user_id TYPE character varying COLLATE "C";
