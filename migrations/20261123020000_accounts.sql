-- The index covers no row until an account is deleted.
-- atlas:nolint concurrent_index

-- What sign-in and the deletion of accounts need to remember. Constant defaults: no row is written anew.
ALTER TABLE users ADD COLUMN token_version bigint NOT NULL DEFAULT 0;
ALTER TABLE user_follow_stats ADD COLUMN deleted_at timestamptz NULL;
CREATE INDEX ix_user_follow_stats_deleted_at ON user_follow_stats (deleted_at) WHERE (deleted_at IS NOT NULL);
