-- The number of users that a search finds, at most $2. Users whose username equals a text without words are among them.
WITH key AS (
    SELECT $1::text AS query, $2::int AS most
), {{template "search terms" .}}
SELECT count(*)::int
FROM (
    SELECT u.id
    FROM key CROSS JOIN terms CROSS JOIN LATERAL (
        SELECT id FROM users u WHERE {{.Tokens}} @@ terms.query LIMIT key.most
    ) u
    UNION
    SELECT u.id
    FROM terms CROSS JOIN LATERAL (
        SELECT id FROM users u WHERE {{template "search key" "(u.username)"}} = ANY (terms.usernames) LIMIT 201
    ) u
) found
