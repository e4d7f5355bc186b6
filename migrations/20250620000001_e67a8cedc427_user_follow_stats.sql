CREATE TABLE user_follow_stats (
  user_id character varying PRIMARY KEY,
  followers_count integer NOT NULL DEFAULT 0,
  followings_count integer NOT NULL DEFAULT 0,
  updated_at timestamp with time zone DEFAULT now()
);
