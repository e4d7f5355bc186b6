package migrate_test

import (
	"database/sql"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
	"followgraph/migrations"
)

// The documentation of the Python service's database, one line for each of its lines. Every item must exist in a
// migrated database under the same name.
type (
	documentedField struct {
		table, name, kind string
		required          string // "yes", "no", or "auto": the database fills it in
		byDefault         string
		unique            bool
		differs           string // the type that the column has instead, on purpose
	}
	documentedIndex struct {
		table, name, columns string
		unique               bool
		differs              string // the columns that the index has instead, on purpose
	}
)

var documentedFields = []documentedField{
	{table: "users", name: "id", kind: "integer", required: "yes", byDefault: "auto-increment", unique: true, differs: "bigint"},
	{table: "users", name: "username", kind: "string", required: "yes", unique: true},
	{table: "users", name: "firstname", kind: "string", required: "no"},
	{table: "users", name: "lastname", kind: "string", required: "no"},
	{table: "users", name: "avatar", kind: "string", required: "no"},
	{table: "users", name: "email", kind: "string", required: "no", unique: true},
	{table: "users", name: "phone_number", kind: "string", required: "yes", unique: true},
	{table: "users", name: "password_hash", kind: "string", required: "yes"},
	{table: "users", name: "role", kind: "enum UserRole", required: "yes", byDefault: "END_USER"},
	{table: "users", name: "country", kind: "string", required: "no"},
	{table: "users", name: "city", kind: "string", required: "no"},
	{table: "users", name: "zipcode", kind: "string", required: "no"},
	{table: "users", name: "created_at", kind: "timestamp with time zone", required: "auto", byDefault: "now()"},
	{table: "users", name: "updated_at", kind: "timestamp with time zone", required: "auto", byDefault: "now()"},

	{table: "user_follows", name: "id", kind: "integer", required: "yes", byDefault: "auto-increment", unique: true, differs: "bigint"},
	{table: "user_follows", name: "follower_id", kind: "string", required: "yes"},
	{table: "user_follows", name: "following_id", kind: "string", required: "yes"},
	{table: "user_follows", name: "created_at", kind: "timestamp with time zone", required: "auto", byDefault: "now()"},

	{table: "user_follow_stats", name: "user_id", kind: "string", required: "yes", unique: true},
	{table: "user_follow_stats", name: "followers_count", kind: "integer", required: "yes", byDefault: "0", differs: "bigint"},
	{table: "user_follow_stats", name: "followings_count", kind: "integer", required: "yes", byDefault: "0", differs: "bigint"},
	{table: "user_follow_stats", name: "updated_at", kind: "timestamp with time zone", required: "auto", byDefault: "now()"},
}

var documentedIndexes = []documentedIndex{
	{table: "users", name: "ix_users_id", columns: "id", unique: true},
	{table: "users", name: "ix_users_username", columns: "username", unique: true},
	{table: "users", name: "ix_users_email", columns: "email", unique: true},
	{table: "users", name: "ix_users_phone_number", columns: "phone_number", unique: true},
	{table: "user_follows", name: "idx_follower_id", columns: "follower_id", differs: "follower_id, created_at, id, following_id"},
	{table: "user_follows", name: "idx_following_id", columns: "following_id", differs: "following_id, created_at, id, follower_id"},
	{table: "user_follows", name: "idx_follower_following", columns: "follower_id, following_id", unique: true},
}

// documentedRoles are the labels of UserRole, in the order of the page.
var documentedRoles = []string{"END_USER", "OWNER", "AGENT", "BROKER", "TC_ADMIN", "OPT_USER"}

// documentedKeys are the primary keys.
var documentedKeys = map[string]string{"users": "id", "user_follows": "id", "user_follow_stats": "user_id"}

// documentedRevisions are the migrations, by revision and date.
var documentedRevisions = [][2]string{
	{"130a2475f44f", "20250506"},
	{"b4c6717d0af8", "20250527"},
	{"8d2c20ede788", "20250527"},
	{"94a653acee01", "20250620"},
	{"e67a8cedc427", "20250620"},
}

// TestDocumentedDatabase compares the documentation with the catalog of a new database.
func TestDocumentedDatabase(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.New(t))

	for _, field := range documentedFields {
		t.Run(field.table+"."+field.name, func(t *testing.T) { field.check(t, db) })
	}
	for _, index := range documentedIndexes {
		t.Run(index.name, func(t *testing.T) {
			want := index.columns
			if index.differs != "" {
				requireReason(t, index.name, index.columns, index.differs)
				require.True(t, strings.HasPrefix(index.differs, index.columns+", "), "the documented columns come first")
				want = index.differs
			}
			require.Equal(t, []string{want}, lines(t, db, `
				SELECT string_agg(attname, ', ' ORDER BY place)
				FROM pg_index CROSS JOIN unnest(indkey) WITH ORDINALITY AS keys (number, place)
				  JOIN pg_attribute ON attrelid = indrelid AND attnum = number
				WHERE indexrelid = '`+index.name+`'::regclass AND indrelid = '`+index.table+`'::regclass
				  AND indisvalid AND indpred IS NULL
				GROUP BY indexrelid`))
			// The pair's index and the keys are unique over exactly the columns documented.
			require.Equal(t, []bool{index.unique}, uniqueOver(t, db, index.name))
		})
	}
	for table, column := range documentedKeys {
		require.Equal(t, []string{column}, lines(t, db, `
			SELECT string_agg(attname, ', ') FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
			WHERE indrelid = '`+table+`'::regclass AND indisprimary`), table)
	}
	require.Equal(t, documentedRoles, lines(t, db,
		`SELECT enumlabel FROM pg_enum WHERE enumtypid = 'UserRole'::regtype ORDER BY enumsortorder`))
	require.Empty(t, lines(t, db, `SELECT conname FROM pg_constraint WHERE contype = 'f'`), "there is no foreign key")
}

func (field documentedField) check(t *testing.T, db *sql.DB) {
	t.Helper()
	want := map[string]string{
		"integer": "integer", "string": "character varying", "enum UserRole": "userrole",
		"timestamp with time zone": "timestamp with time zone",
	}[field.kind]
	require.NotEmpty(t, want)
	if field.differs != "" {
		requireReason(t, field.table+"."+field.name, want, field.differs)
		want = field.differs
	}
	at := ` FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
		WHERE attrelid = '` + field.table + `'::regclass AND attname = '` + field.name + `'`
	require.Equal(t, []string{want}, lines(t, db, `SELECT format_type(atttypid, atttypmod)`+at))

	// A column that the database fills is NOT NULL.
	require.Equal(t, []bool{field.required != "no"}, bools(t, db, `SELECT attnotnull`+at))

	byDefault := map[string]string{"END_USER": "'END_USER'::userrole", "auto-increment": "identity"}[field.byDefault]
	if byDefault == "" {
		byDefault = field.byDefault
	}
	require.Equal(t, []string{byDefault}, lines(t, db,
		`SELECT coalesce(CASE WHEN attidentity <> '' THEN 'identity' END, pg_get_expr(adbin, adrelid), '')`+at))

	require.Equal(t, []bool{field.unique}, bools(t, db, `
		SELECT EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND indisunique AND indisvalid AND indpred IS NULL
		  AND indnkeyatts = 1 AND indkey[0] = attnum)`+at))
}

// requireReason fails unless docs/design/data.md says that an item differs, and why.
func requireReason(t *testing.T, item, documented, instead string) {
	t.Helper()
	text, err := os.ReadFile("../../../docs/design/data.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n## What differs from the Python service\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.SplitSeq(section, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) == 6 && strings.Contains(cells[1], "`"+item+"`") {
			require.Equal(t, documented, strings.Trim(cells[2], " `"))
			require.Equal(t, instead, strings.Trim(cells[3], " `"))
			require.NotEmpty(t, strings.TrimSpace(cells[4]))
			return
		}
	}
	t.Errorf("docs/design/data.md does not say why %s is %s instead of %s", item, instead, documented)
}

func TestDocumentedRevisions(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(migrations.FS, "*.sql")
	require.NoError(t, err)
	var found [][2]string
	for _, name := range names {
		version, rest, _ := strings.Cut(name, "_")
		if revision, _, _ := strings.Cut(rest, "_"); len(revision) == 12 && strings.Trim(revision, "0123456789abcdef") == "" {
			found = append(found, [2]string{revision, version[:8]})
		}
	}
	require.Equal(t, documentedRevisions, found, "each revision has a file with its date and id, in their order")
}

func uniqueOver(t *testing.T, db *sql.DB, index string) []bool {
	t.Helper()
	return bools(t, db, `SELECT indisunique AND indnkeyatts = indnatts FROM pg_index WHERE indexrelid = '`+index+`'::regclass`)
}

// bools returns the rows of a query with one boolean column.
func bools(t *testing.T, db *sql.DB, query string) []bool {
	t.Helper()
	var got []bool
	for _, line := range lines(t, db, `SELECT value::text FROM (`+query+`) AS rows (value)`) {
		got = append(got, line == "true")
	}
	return got
}
