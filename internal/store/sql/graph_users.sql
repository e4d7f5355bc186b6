-- All accounts with what the graph in memory holds of them, sorted by Cognito id byte by byte, and the time of their
-- counts. `followgraph graph verify` reads it in a snapshot. No index has this order unless the collation of the
-- database is C, so PostgreSQL sorts.
SELECT u.cognito_id, u.id, u.username, u.firstname, u.lastname, u.avatar, u.role::text, u.token_version,
    u.created_at, u.updated_at, s.updated_at
FROM users u
LEFT JOIN user_follow_stats s ON s.user_id = u.cognito_id
ORDER BY u.cognito_id COLLATE "C"
