-- One transaction per file rules out building indexes concurrently.
-- atlas:nolint concurrent_index

CREATE TYPE userrole AS ENUM ('END_USER', 'OWNER', 'AGENT', 'BROKER', 'TC_ADMIN', 'OPT_USER');

ALTER TABLE users
  ADD COLUMN firstname character varying,
  ADD COLUMN lastname character varying,
  ADD COLUMN phone_number character varying,
  ADD COLUMN role userrole NOT NULL DEFAULT 'END_USER',
  ADD COLUMN country character varying,
  ADD COLUMN city character varying,
  ADD COLUMN zipcode character varying,
  ADD COLUMN created_at timestamp with time zone DEFAULT now(),
  ADD COLUMN updated_at timestamp with time zone DEFAULT now();

-- The first word is the first name, the rest the last name; a name of blanks is none.
UPDATE users SET
  firstname = substring(fullname FROM '^[[:space:]]*([^[:space:]]+)'),
  lastname = nullif(regexp_replace(fullname, '^[[:space:]]*[^[:space:]]*[[:space:]]*|[[:space:]]+$', '', 'g'), '');

-- No number is known for the rows of the past, and the column is unique and not
-- null from here on. Country code 999 is assigned to nobody, so that these
-- placeholders can neither be dialled nor collide with a number.
UPDATE users SET phone_number = '+999' || lpad(id::text, 12, '0');

-- Every row has a number since the statement above, a different one for each id.
-- atlas:nolint data_depend
ALTER TABLE users ALTER COLUMN phone_number SET NOT NULL;
CREATE UNIQUE INDEX ix_users_phone_number ON users (phone_number);

ALTER TABLE users ALTER COLUMN email DROP NOT NULL;

-- firstname and lastname hold what fullname held.
-- atlas:nolint destructive
ALTER TABLE users DROP COLUMN fullname;
