-- The version of an account's tokens and its role, for callers while the primary is away.
SELECT token_version, role::text FROM users WHERE cognito_id = $1
