-- One transaction per file rules out building indexes concurrently.
-- atlas:nolint concurrent_index

-- A search also finds æ, œ, þ, ð, ŧ and typographic apostrophes and hyphens by plain typing. Usernames and email addresses
-- that differ in case or composition alone are found the same in every database, whatever its locale. Rows stay as they
-- are. The previous version of the program goes on to work, but reads all users for a search and for a name in another case
-- until it is replaced.
DROP INDEX ix_users_username_search;
DROP INDEX ix_users_firstname_search;
DROP INDEX ix_users_lastname_search;
DROP INDEX ix_users_username_case;
DROP INDEX ix_users_email_case;
CREATE INDEX ix_users_username_search ON users (left(CASE WHEN octet_length((username)) = length((username)) THEN lower((username) COLLATE "und-x-icu") ELSE replace(replace(replace(replace(translate(regexp_replace(lower(normalize((username), NFKD) COLLATE "und-x-icu"), U&'[\0300-\036F]', '', 'g'), 'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħıðŧ’‘ʼ‐–', 'σвдосттъѣꙋoldhidt''''''--'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th') END, 200) COLLATE "C", id);
CREATE INDEX ix_users_firstname_search ON users (left(CASE WHEN octet_length((firstname || ' ' || coalesce(lastname, ''))) = length((firstname || ' ' || coalesce(lastname, ''))) THEN lower((firstname || ' ' || coalesce(lastname, '')) COLLATE "und-x-icu") ELSE replace(replace(replace(replace(translate(regexp_replace(lower(normalize((firstname || ' ' || coalesce(lastname, '')), NFKD) COLLATE "und-x-icu"), U&'[\0300-\036F]', '', 'g'), 'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħıðŧ’‘ʼ‐–', 'σвдосттъѣꙋoldhidt''''''--'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th') END, 200) COLLATE "C", id);
CREATE INDEX ix_users_lastname_search ON users (left(CASE WHEN octet_length((lastname || ' ' || coalesce(firstname, ''))) = length((lastname || ' ' || coalesce(firstname, ''))) THEN lower((lastname || ' ' || coalesce(firstname, '')) COLLATE "und-x-icu") ELSE replace(replace(replace(replace(translate(regexp_replace(lower(normalize((lastname || ' ' || coalesce(firstname, '')), NFKD) COLLATE "und-x-icu"), U&'[\0300-\036F]', '', 'g'), 'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħıðŧ’‘ʼ‐–', 'σвдосттъѣꙋoldhidt''''''--'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th') END, 200) COLLATE "C", id);
CREATE INDEX ix_users_username_case ON users ((CASE WHEN octet_length(username) = length(username) THEN lower(username COLLATE "C") COLLATE "und-x-icu" ELSE replace(translate(lower(normalize(username, NFD) COLLATE "und-x-icu"), 'ςſµϐϑϕϖϰϱϵᲀᲁᲂᲃᲄᲅᲆᲇᲈ', 'σsμβθφπκρεвдосттъѣꙋ'), 'ß', 'ss') END COLLATE "C"));
CREATE INDEX ix_users_email_case ON users ((CASE WHEN octet_length(email) = length(email) THEN lower(email COLLATE "C") COLLATE "und-x-icu" ELSE replace(translate(lower(normalize(email, NFD) COLLATE "und-x-icu"), 'ςſµϐϑϕϖϰϱϵᲀᲁᲂᲃᲄᲅᲆᲇᲈ', 'σsμβθφπκρεвдосттъѣꙋ'), 'ß', 'ss') END COLLATE "C"));
