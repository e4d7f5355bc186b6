-- One row per account to create. Values that a row lacks are derived from its cognito_id. The username is user_<id> if
-- that is valid, otherwise it comes from a hash. The phone number comes from a hash and has the country code 999, which
-- is not assigned to any country. A salt is raised if the derived value is taken. The seeds of the two hashes are odd
-- and even, so that one reveals nothing about the other.
CREATE TEMPORARY TABLE import_users (
    line         bigint NOT NULL,
    source_line  bigint,
    record       bytea,
    cognito_id   varchar NOT NULL,
    plain        boolean NOT NULL, -- whether user_<id> is a valid username
    username     varchar,
    firstname    varchar,
    lastname     varchar,
    avatar       varchar,
    email        varchar,
    phone_number varchar,
    role         varchar,
    country      varchar,
    city         varchar,
    zipcode      varchar,
    created_at   timestamptz,

    folded_username varchar, -- folded forms, equal for values that differ in case alone (package profile)
    folded_email    varchar,

    conflict_column varchar, -- this column's value is taken: the row is left out
    conflict_within boolean, -- taken by another row of the same input

    username_salt integer NOT NULL DEFAULT 0,
    phone_salt    integer NOT NULL DEFAULT 0,
    final_username varchar GENERATED ALWAYS AS (coalesce(username, 'user_' || CASE
        WHEN plain AND username_salt = 0 THEN cognito_id
        ELSE lpad(to_hex(hashtextextended(cognito_id COLLATE "C", username_salt * 2 + 1)), 16, '0')
    END)) STORED,
    final_phone_number varchar GENERATED ALWAYS AS (coalesce(phone_number, '+999' || lpad(
        ((hashtextextended(cognito_id COLLATE "C", phone_salt * 2) & 9223372036854775807) % 1000000000000)::text,
        12, '0'))) STORED
);
