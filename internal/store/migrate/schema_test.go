package migrate_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store/entschema"
	"followgraph/internal/store/migrate"
	"followgraph/internal/store/searchkey"
	"followgraph/internal/testdb"
)

// catalog describes the public schema: its columns, constraints, indexes, types, sequences and functions, one per line.
func catalog(t *testing.T, db *sql.DB) []string {
	t.Helper()
	return lines(t, db, `
		WITH ours AS (
		  SELECT oid, relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace
		)
		SELECT line FROM (
		  SELECT concat_ws(' ', 'column', relname || '.' || attname, format_type(atttypid, atttypmod),
		    (SELECT 'collate ' || collname FROM pg_collation WHERE oid = attcollation AND collname <> 'default'),
		    CASE WHEN attnotnull THEN 'not null' END,
		    CASE attidentity WHEN 'd' THEN 'identity by default' WHEN 'a' THEN 'identity always' END,
		    'default ' || pg_get_expr(adbin, adrelid)) AS line
		  FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
		    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
		  WHERE relkind = 'r'
		  UNION ALL
		  SELECT concat_ws(' ', 'constraint', relname || '.' || conname, pg_get_constraintdef(pg_constraint.oid))
		  FROM ours JOIN pg_constraint ON conrelid = ours.oid
		  WHERE contype <> 'n' -- PostgreSQL 18 lists NOT NULL here too; the columns have said it
		  UNION ALL
		  SELECT pg_get_indexdef(oid) FROM ours WHERE relkind = 'i'
		  UNION ALL
		  SELECT concat_ws(' ', 'enum', typname, string_agg(enumlabel, ',' ORDER BY enumsortorder))
		  FROM pg_type JOIN pg_enum ON enumtypid = pg_type.oid WHERE typnamespace = 'public'::regnamespace GROUP BY typname
		  UNION ALL
		  SELECT concat_ws(' ', 'sequence', relname, format_type(seqtypid, NULL), 'from', seqstart, 'by', seqincrement, 'to', seqmax)
		  FROM ours JOIN pg_sequence ON seqrelid = ours.oid
		  UNION ALL
		  SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
		) AS everything
		ORDER BY line COLLATE "C"`)
}

// searchKey returns the expression of a search index as PostgreSQL prints it. A plain column is printed without its
// cast for NORMALIZE.
func searchKey(text, column string) string {
	normalized := text
	if column != "" {
		normalized = column
	}
	return "\"left\"(\nCASE\n    WHEN (octet_length(" + text + ") = length(" + text + ")) THEN lower((" + text + " COLLATE \"und-x-icu\"))\n" +
		"    ELSE replace(replace(replace(replace(translate(regexp_replace(lower((NORMALIZE(" + normalized + ", NFKD) COLLATE \"und-x-icu\")), '[\u0300-\u036f]'::text, ''::text, 'g'::text), " +
		"'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħıðŧ’‘ʼ‐–'::text, 'σвдосттъѣꙋoldhidt''''''--'::text), 'ß'::text, 'ss'::text), 'æ'::text, 'ae'::text), 'œ'::text, 'oe'::text), 'þ'::text, 'th'::text)\nEND, 200) COLLATE \"C\""
}

// folded returns the expression of a case index as PostgreSQL prints it.
func folded(column string) string {
	text := "(" + column + ")::text"
	return "(\nCASE\n    WHEN (octet_length(" + text + ") = length(" + text + ")) THEN (lower((" + text + " COLLATE \"C\")) COLLATE \"und-x-icu\")\n" +
		"    ELSE replace(translate(lower((NORMALIZE(" + column + ", NFD) COLLATE \"und-x-icu\")), 'ςſµϐϑϕϖϰϱϵᲀᲁᲂᲃᲄᲅᲆᲇᲈ'::text, 'σsμβθφπκρεвдосттъѣꙋ'::text), 'ß'::text, 'ss'::text)\n" +
		"END) COLLATE \"C\""
}

// printed returns the definition of an index of users as PostgreSQL prints it.
func printed(t *testing.T, name, definition string) string {
	t.Helper()
	db := connect(t, testdb.New(t))
	exec(t, db, "CREATE INDEX printed ON users "+definition)
	return strings.Replace(lines(t, db, "SELECT pg_get_indexdef('printed'::regclass)")[0], "INDEX printed", "INDEX "+name, 1)
}

// TestFinalSchema compares the result of the migrations with the list of the design.
func TestFinalSchema(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		`CREATE INDEX idx_follower_id ON public.user_follows USING btree (follower_id, created_at, id) INCLUDE (following_id)`,
		`CREATE INDEX idx_following_id ON public.user_follows USING btree (following_id, created_at, id) INCLUDE (follower_id)`,
		`CREATE INDEX ix_user_follow_stats_deleted_at ON public.user_follow_stats USING btree (deleted_at) WHERE (deleted_at IS NOT NULL)`,
		`CREATE INDEX ix_user_follow_stats_followers_count ON public.user_follow_stats USING btree (followers_count, user_id)`,
		`CREATE INDEX ix_users_created_at ON public.users USING btree (created_at, id)`,
		`CREATE INDEX ix_users_email_case ON public.users USING btree (` + folded("email") + `)`,
		`CREATE INDEX ix_users_firstname_search ON public.users USING btree (` + searchKey(`(((firstname)::text || ' '::text) || (COALESCE(lastname, ''::character varying))::text)`, "") + `, id)`,
		`CREATE INDEX ix_users_lastname_search ON public.users USING btree (` + searchKey(`(((lastname)::text || ' '::text) || (COALESCE(firstname, ''::character varying))::text)`, "") + `, id)`,
		printed(t, "ix_users_name_search", "(("+searchkey.Name("")+"), id)"),
		`CREATE INDEX ix_users_username_case ON public.users USING btree (` + folded("username") + `)`,
		`CREATE INDEX ix_users_username_search ON public.users USING btree (` + searchKey(`(username)::text`, "username") + `, id)`,
		printed(t, "ix_users_words_search", "USING gin (("+searchkey.Tokens("")+")) WITH (fastupdate = off)"),
		`CREATE UNIQUE INDEX idx_follower_following ON public.user_follows USING btree (follower_id, following_id)`,
		`CREATE UNIQUE INDEX ix_users_cognito_id ON public.users USING btree (cognito_id)`,
		`CREATE UNIQUE INDEX ix_users_email ON public.users USING btree (email)`,
		`CREATE UNIQUE INDEX ix_users_id ON public.users USING btree (id)`,
		`CREATE UNIQUE INDEX ix_users_phone_number ON public.users USING btree (phone_number)`,
		`CREATE UNIQUE INDEX ix_users_username ON public.users USING btree (username)`,
		`CREATE UNIQUE INDEX user_follow_stats_pkey ON public.user_follow_stats USING btree (user_id)`,
		`CREATE UNIQUE INDEX user_follows_pkey ON public.user_follows USING btree (id)`,
		`column user_follow_stats.deleted_at timestamp with time zone`,
		`column user_follow_stats.followers_count bigint not null default 0`,
		`column user_follow_stats.followings_count bigint not null default 0`,
		`column user_follow_stats.updated_at timestamp with time zone not null default now()`,
		`column user_follow_stats.user_id character varying collate C not null`,
		`column user_follows.created_at timestamp with time zone not null default now()`,
		`column user_follows.follower_id character varying collate C not null`,
		`column user_follows.following_id character varying collate C not null`,
		`column user_follows.id bigint not null identity by default`,
		`column users.avatar character varying`,
		`column users.city character varying`,
		`column users.cognito_id character varying collate C not null default ('local-'::text || (gen_random_uuid())::text)`,
		`column users.country character varying`,
		`column users.created_at timestamp with time zone not null default now()`,
		`column users.email character varying`,
		`column users.firstname character varying`,
		`column users.id bigint not null identity by default`,
		`column users.lastname character varying`,
		`column users.password_hash character varying not null`,
		`column users.phone_number character varying not null`,
		`column users.role userrole not null default 'END_USER'::userrole`,
		`column users.token_version bigint not null default 0`,
		`column users.updated_at timestamp with time zone not null default now()`,
		`column users.username character varying not null`,
		`column users.zipcode character varying`,
		`constraint user_follow_stats.ck_user_follow_stats_followers_count CHECK ((followers_count >= 0))`,
		`constraint user_follow_stats.ck_user_follow_stats_followings_count CHECK ((followings_count >= 0))`,
		`constraint user_follow_stats.user_follow_stats_pkey PRIMARY KEY (user_id)`,
		`constraint user_follows.ck_user_follows_not_self CHECK (((follower_id)::text <> (following_id)::text))`,
		`constraint user_follows.user_follows_pkey PRIMARY KEY (id)`,
		`constraint users.ix_users_id PRIMARY KEY (id)`,
		`enum userrole END_USER,OWNER,AGENT,BROKER,TC_ADMIN,OPT_USER`,
		`sequence user_follows_id_seq bigint from 1 by 1 to 9223372036854775807`,
		`sequence users_id_seq bigint from 1 by 1 to 9223372036854775807`,
	}, catalog(t, connect(t, testdb.New(t))))
}

// TestMigrationsUnderOddSettings checks that the schema does not depend on settings of the database.
func TestMigrationsUnderOddSettings(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.NewEmpty(t)
	db := connect(t, databaseURL)
	name := lines(t, db, "SELECT quote_ident(current_database())")[0]
	for setting, value := range map[string]string{
		"client_encoding": "LATIN1", "DateStyle": "German", "TimeZone": "Asia/Kathmandu", "standard_conforming_strings": "off",
		"default_transaction_isolation": "serializable", "statement_timeout": "1min",
	} {
		exec(t, db, "ALTER DATABASE "+name+" SET "+setting+" TO '"+value+"'")
	}
	step(t, databaseURL, profile)
	exec(t, db, `INSERT INTO users (username, phone_number, password_hash, avatar) VALUES ('ada', '+1', 'h', $1), ('bob', '+2', 'h', $2)`,
		[]byte("\x89PNG\r\n\x1a\n\x00"), []byte(`https://a.example/\b`))
	step(t, databaseURL, searchNames)
	require.Equal(t, []string{"data:image/png;base64,iVBORw0KGgoA", `https://a.example/\b`}, lines(t, db, "SELECT avatar FROM users ORDER BY username"))
	require.Equal(t, catalog(t, connect(t, testdb.New(t))), catalog(t, db))

	_, err := migrate.UpFrom(t.Context(), databaseURL, with(t, "20990101000000_patient.sql",
		"DO $$ BEGIN IF current_setting('statement_timeout') <> '0' THEN RAISE 'a migration has as long as it takes'; END IF; END $$;"))
	require.NoError(t, err)
	require.Equal(t, []string{"1min"}, lines(t, connect(t, databaseURL), "SHOW statement_timeout"))
}

// TestMigrationsLeadToEntSchema compares two databases. Atlas's own comparison misses some differences, such as the
// collation of an index expression.
func TestMigrationsLeadToEntSchema(t *testing.T) {
	t.Parallel()
	statements, err := entschema.SQL(t.Context())
	require.NoError(t, err)
	direct := connect(t, testdb.NewEmpty(t))
	exec(t, direct, statements)
	require.Equal(t, catalog(t, direct), catalog(t, connect(t, testdb.New(t))))
}
