-- All follows, as the lists of one direction: the owners sorted by their id byte by byte, each list in the order of
-- pages. No index has this order unless the collation of the database is C, so PostgreSQL sorts all rows, in temporary
-- files if they exceed work_mem.
SELECT {{.Owner}}, {{.Other}}, created_at, id
FROM user_follows
ORDER BY {{.Owner}} COLLATE "C", created_at DESC, id DESC
