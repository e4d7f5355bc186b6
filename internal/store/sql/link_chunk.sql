-- The moves of the lines $1 <= line < $2.
SELECT account, old_id, new_id FROM pg_temp.link_moves WHERE line >= $1 AND line < $2 ORDER BY line
