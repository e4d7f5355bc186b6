-- One transaction per file rules out building indexes concurrently.
-- atlas:nolint concurrent_index

ALTER TABLE users
  ADD COLUMN fullname character varying,
  ADD COLUMN avatar bytea;
CREATE INDEX ix_users_fullname ON users (fullname);
