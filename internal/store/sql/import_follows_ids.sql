-- The users of the staged lines $1 <= line < $2.
SELECT follower_id FROM pg_temp.import_follows WHERE line >= $1 AND line < $2
UNION
SELECT following_id FROM pg_temp.import_follows WHERE line >= $1 AND line < $2
