CREATE TABLE user_follows (
  id serial PRIMARY KEY,
  follower_id character varying NOT NULL,
  following_id character varying NOT NULL,
  created_at timestamp with time zone DEFAULT now()
);
CREATE UNIQUE INDEX idx_follower_following ON user_follows (follower_id, following_id);
CREATE INDEX idx_follower_id ON user_follows (follower_id);
CREATE INDEX idx_following_id ON user_follows (following_id);
