-- All words of the accounts in their order, each word of an account once.
SELECT w.word, u.id, u.cognito_id
FROM users u
CROSS JOIN LATERAL (SELECT DISTINCT word FROM unnest(string_to_array({{.UserWords}}, ' ')) AS word) w
ORDER BY w.word COLLATE "C", u.id
