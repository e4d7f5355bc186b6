-- Numbers the pairs to link in the order in which writers lock accounts.
CREATE TEMPORARY TABLE link_moves AS
SELECT row_number() OVER (ORDER BY old_id COLLATE "C") AS line, account, old_id, cognito_id AS new_id, rule, NULL::varchar AS problem
FROM pg_temp.link_pairs
WHERE problem IS NULL AND old_id <> cognito_id;
CREATE INDEX ON pg_temp.link_moves (line);
CREATE INDEX ON pg_temp.link_moves (account);
CREATE INDEX ON pg_temp.link_pairs (account);
CREATE INDEX ON pg_temp.link_pairs (cognito_id);
ANALYZE pg_temp.link_moves;
ANALYZE pg_temp.link_pairs;
