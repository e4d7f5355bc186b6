CREATE TEMPORARY TABLE import_follows (
    line         bigint NOT NULL,
    follower_id  varchar NOT NULL,
    following_id varchar NOT NULL,
    created_at   timestamptz
);
