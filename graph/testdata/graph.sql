-- A small graph: every user follows ada, some follow each other, and ghost has no account.
INSERT INTO users (cognito_id, username, firstname, lastname, avatar, phone_number, password_hash, role, created_at, updated_at)
SELECT id, username, firstname, lastname, avatar, '+999' || n, '!', role::userrole,
       timestamptz '2025-01-01T00:00:00Z' + n * interval '1 day', timestamptz '2025-02-01T00:00:00.000001Z'
FROM (VALUES
    (1, 'id-ada',   'ada',   'Ada',    'Lovelace', 'https://example.com/ada', 'OWNER'),
    (2, 'id-grace', 'grace', 'Grace',  'Hopper',   NULL,                      'END_USER'),
    (3, 'id-alan',  'alan',  'Alan',   'Turing',   NULL,                      'AGENT'),
    (4, 'id-layla', 'layla', 'ليلى',   'Adams',    NULL,                      'OPT_USER'),
    (5, 'id-Bo',    'Bo',    NULL,     NULL,       NULL,                      'BROKER')
) AS u (n, id, username, firstname, lastname, avatar, role);

INSERT INTO user_follows (follower_id, following_id, created_at)
SELECT a, b, timestamptz '2025-03-01T00:00:00Z' + n * interval '1 minute'
FROM (VALUES
    (1, 'id-grace', 'id-ada'),
    (2, 'id-alan',  'id-ada'),
    (3, 'ghost',    'id-ada'),
    (4, 'id-layla', 'id-ada'),
    (5, 'id-Bo',    'id-ada'),
    (6, 'id-ada',   'id-grace'),
    (7, 'id-ada',   'id-alan'),
    (8, 'id-ada',   'ghost'),
    (9, 'id-layla', 'id-grace'),
    (10, 'id-Bo',   'id-grace'),
    (11, 'ghost',   'id-grace'),
    (12, 'id-alan', 'id-grace'),
    (13, 'id-grace', 'id-alan')
) AS f (n, a, b);

INSERT INTO user_follow_stats (user_id, followers_count, followings_count, updated_at)
SELECT id, count(*) FILTER (WHERE side = 1), count(*) FILTER (WHERE side = 2), timestamptz '2025-03-02T00:00:00Z'
FROM (
    SELECT following_id AS id, 1 AS side FROM user_follows
    UNION ALL
    SELECT follower_id, 2 FROM user_follows
) sides
GROUP BY id;
