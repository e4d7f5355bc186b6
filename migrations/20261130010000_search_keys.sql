-- One transaction per file rules out building indexes concurrently.
-- atlas:nolint concurrent_index

-- A search finds a name in whatever case, composed or not, with or without its accents, the same in every database; and a
-- whole name. Rows stay as they are. The previous version of the program goes on to work, but searches without an index
-- until it is replaced.
DROP INDEX ix_users_username_search;
DROP INDEX ix_users_firstname_search;
DROP INDEX ix_users_lastname_search;
CREATE INDEX ix_users_username_search ON users (left(CASE WHEN octet_length((username)) = length((username)) THEN lower((username) COLLATE "und-x-icu") ELSE replace(translate(regexp_replace(lower(normalize((username), NFKD) COLLATE "und-x-icu"), U&'[\0300-\036F]', '', 'g'), 'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħı', 'σвдосттъѣꙋoldhi'), 'ß', 'ss') END, 200) COLLATE "C", id);
CREATE INDEX ix_users_firstname_search ON users (left(CASE WHEN octet_length((firstname || ' ' || coalesce(lastname, ''))) = length((firstname || ' ' || coalesce(lastname, ''))) THEN lower((firstname || ' ' || coalesce(lastname, '')) COLLATE "und-x-icu") ELSE replace(translate(regexp_replace(lower(normalize((firstname || ' ' || coalesce(lastname, '')), NFKD) COLLATE "und-x-icu"), U&'[\0300-\036F]', '', 'g'), 'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħı', 'σвдосттъѣꙋoldhi'), 'ß', 'ss') END, 200) COLLATE "C", id);
CREATE INDEX ix_users_lastname_search ON users (left(CASE WHEN octet_length((lastname || ' ' || coalesce(firstname, ''))) = length((lastname || ' ' || coalesce(firstname, ''))) THEN lower((lastname || ' ' || coalesce(firstname, '')) COLLATE "und-x-icu") ELSE replace(translate(regexp_replace(lower(normalize((lastname || ' ' || coalesce(firstname, '')), NFKD) COLLATE "und-x-icu"), U&'[\0300-\036F]', '', 'g'), 'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħı', 'σвдосттъѣꙋoldhi'), 'ß', 'ss') END, 200) COLLATE "C", id);
