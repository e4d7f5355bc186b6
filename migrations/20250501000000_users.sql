-- The users table as the Python service had it before its first recorded revision.
CREATE TABLE users (
  id serial PRIMARY KEY,
  username character varying NOT NULL,
  email character varying NOT NULL,
  password_hash character varying NOT NULL
);
CREATE INDEX ix_users_id ON users (id);
CREATE UNIQUE INDEX ix_users_username ON users (username);
CREATE UNIQUE INDEX ix_users_email ON users (email);
