-- The tables as the Python service's SQLAlchemy models and Alembic make them, at its last revision.
CREATE TYPE userrole AS ENUM ('END_USER', 'OWNER', 'AGENT', 'BROKER', 'TC_ADMIN', 'OPT_USER');
CREATE TABLE users (
  id serial NOT NULL,
  username character varying NOT NULL,
  email character varying,
  password_hash character varying NOT NULL,
  avatar character varying,
  firstname character varying,
  lastname character varying,
  phone_number character varying NOT NULL,
  role userrole NOT NULL,
  country character varying,
  city character varying,
  zipcode character varying,
  created_at timestamp with time zone DEFAULT now(),
  updated_at timestamp with time zone DEFAULT now(),
  PRIMARY KEY (id)
);
CREATE INDEX ix_users_id ON users (id);
CREATE UNIQUE INDEX ix_users_username ON users (username);
CREATE UNIQUE INDEX ix_users_email ON users (email);
CREATE UNIQUE INDEX ix_users_phone_number ON users (phone_number);
CREATE TABLE user_follows (
  id serial NOT NULL,
  follower_id character varying NOT NULL,
  following_id character varying NOT NULL,
  created_at timestamp with time zone DEFAULT now(),
  PRIMARY KEY (id)
);
CREATE INDEX idx_follower_id ON user_follows (follower_id);
CREATE INDEX idx_following_id ON user_follows (following_id);
CREATE UNIQUE INDEX idx_follower_following ON user_follows (follower_id, following_id);
CREATE TABLE user_follow_stats (
  user_id character varying NOT NULL,
  followers_count integer NOT NULL,
  followings_count integer NOT NULL,
  updated_at timestamp with time zone DEFAULT now(),
  PRIMARY KEY (user_id)
);
CREATE TABLE alembic_version (version_num character varying(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO alembic_version VALUES ('e67a8cedc427');
