-- $1: how many rows. Numbers in the form of E.164 are left out, and so are placeholders under +999, which have it.
SELECT id::bigint, phone_number::text, count(*) OVER () FROM __USERS__
WHERE phone_number !~ '^\+[1-9][0-9]{6,14}$'
ORDER BY id
LIMIT $1
