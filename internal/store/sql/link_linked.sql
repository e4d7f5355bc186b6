-- The pairs that are linked, or would be in a dry run.
SELECT account, new_id, rule::int FROM pg_temp.link_moves WHERE problem IS NULL ORDER BY account
