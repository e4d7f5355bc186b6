-- One transaction per file rules out building indexes concurrently.
-- atlas:nolint concurrent_index

-- By these, usernames and email addresses that differ in case alone are found. Rows stay as they are, and the indexes are
-- not unique: there may be such accounts, and the previous version of the program may make more of them.
CREATE INDEX ix_users_username_case ON users (lower(lower(username COLLATE "C") COLLATE "default") COLLATE "C");
CREATE INDEX ix_users_email_case ON users (lower(lower(email COLLATE "C") COLLATE "default") COLLATE "C");
