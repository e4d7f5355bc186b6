-- Phone numbers that are not in E.164. $1: the number of rows. Placeholders that start with +999 are in E.164.
SELECT id::bigint, phone_number::text, count(*) OVER () FROM __USERS__
WHERE phone_number !~ '^\+[1-9][0-9]{6,14}$'
ORDER BY id
LIMIT $1
