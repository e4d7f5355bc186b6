-- What a team may have added to the tables. The models that come of it are held to Alembic in internal/rehearsal.
CREATE TYPE mood AS ENUM ('good', 'it''s bad');
CREATE TABLE companies (id serial PRIMARY KEY, "the name" text);
ALTER TABLE users
	ADD class text, ADD "e mail" varchar(20) DEFAULT 'it''s "so": %s', ADD metadata jsonb, ADD price numeric(8,2) DEFAULT 1.5,
	ADD tags varchar(10)[], ADD mood mood DEFAULT 'good', ADD company_id integer REFERENCES companies ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
	ADD seen timestamp, ADD seen_ms timestamp(3) with time zone, ADD token uuid UNIQUE, ADD short char(3), ADD ip inet,
	ADD full_name text GENERATED ALWAYS AS (coalesce(firstname, '') || ' ' || coalesce(lastname, '')) STORED,
	ADD CONSTRAINT ck_short CHECK (short ~ '^[a-z]:');
COMMENT ON TABLE users IS 'all "people"';
COMMENT ON COLUMN users.price IS 'in francs';
CREATE INDEX ix_users_seen ON users (seen DESC NULLS LAST, company_id);
CREATE INDEX ix_users_tags ON users USING gin (tags);
CREATE INDEX ix_users_city ON users (city varchar_pattern_ops) WHERE city IS NOT NULL;
CREATE UNIQUE INDEX ix_users_full ON users ((firstname || lastname) text_pattern_ops) INCLUDE (city);
