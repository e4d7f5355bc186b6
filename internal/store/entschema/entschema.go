// Package entschema writes the schema that ent/schema describes as SQL.
package entschema

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"

	"followgraph/ent/migrate"
	"followgraph/ent/user"
)

// searchIndexes serve searchUsers, which looks for the beginning of a name in its folded form. The C collation makes a prefix
// a range of the index whatever the database's collation; id makes the order total. A first name is followed by the last
// name, and the other way round, so that a whole name is found, too.
var searchIndexes = `
CREATE INDEX "ix_users_username_search" ON "users" (` + searchKey(`"username"`) + `, "id");
CREATE INDEX "ix_users_firstname_search" ON "users" (` + searchKey(`"firstname" || ' ' || coalesce("lastname", '')`) + `, "id");
CREATE INDEX "ix_users_lastname_search" ON "users" (` + searchKey(`"lastname" || ' ' || coalesce("firstname", '')`) + `, "id");
`

// searchKey is the form that texts share which differ in case, accents or composition alone; internal/store/sql/search_key.sql says
// how it comes about. The two must be the same expression.
func searchKey(text string) string {
	return strings.ReplaceAll(`left(CASE WHEN octet_length(TEXT) = length(TEXT) THEN lower(TEXT COLLATE "und-x-icu") `+
		`ELSE replace(translate(regexp_replace(lower(normalize(TEXT, NFKD) COLLATE "und-x-icu"), U&'[\0300-\036F]', '', 'g'), `+
		`'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈøłđħı', 'σвдосттъѣꙋoldhi'), 'ß', 'ss') END, 200) COLLATE "C"`, "TEXT", "("+text+")")
}

// caseIndexes find usernames and email addresses that differ in case alone. A to Z are folded whatever the database's
// locale: under a Turkish one, I would not become i. The other letters are folded as far as the locale knows them. They are
// not unique, because an adopted database may have such accounts, and the service that made them may go on to.
const caseIndexes = `
CREATE INDEX "ix_users_username_case" ON "users" (lower(lower("username" COLLATE "C") COLLATE "default") COLLATE "C");
CREATE INDEX "ix_users_email_case" ON "users" (lower(lower("email" COLLATE "C") COLLATE "default") COLLATE "C");
`

// bytewiseIDs has Cognito ids compared byte by byte: every lookup walks an index by comparing them, which costs
// several times more under a language's collation. ent cannot say it of a primary key, and Atlas does not see it.
const bytewiseIDs = `
ALTER TABLE "users" ALTER COLUMN "cognito_id" TYPE character varying COLLATE "C";
ALTER TABLE "user_follows" ALTER COLUMN "follower_id" TYPE character varying COLLATE "C", ALTER COLUMN "following_id" TYPE character varying COLLATE "C";
ALTER TABLE "user_follow_stats" ALTER COLUMN "user_id" TYPE character varying COLLATE "C";
`

// primaryKeyName gives the primary key of users the name that the Python service gave its index on id. ent names no
// primary key.
const primaryKeyName = `
ALTER INDEX "users_pkey" RENAME TO "ix_users_id";
`

// SQL returns the statements that build the final schema in an empty database:
// ent's own, and before and after them what ent cannot describe, which is the
// enum type, the expression indexes, the collation of ids and the primary key's name.
func SQL(ctx context.Context) (string, error) {
	// The version decides about syntax only, which is the same from 14 to 18.
	tables, err := schema.DDL(ctx, schema.DDLArgs{
		Dialect: dialect.Postgres,
		Version: "15",
		Tables:  migrate.Tables,
	})
	if err != nil {
		return "", fmt.Errorf("write the tables of ent/schema: %w", err)
	}
	return roleType() + tables + searchIndexes + caseIndexes + bytewiseIDs + primaryKeyName, nil
}

// roleType makes the enum with the labels of ent/schema, in their order.
func roleType() string {
	at := slices.IndexFunc(migrate.UsersColumns, func(c *schema.Column) bool { return c.Name == user.FieldRole })
	labels := strings.Join(migrate.UsersColumns[at].Enums, "', '")
	return fmt.Sprintf("CREATE TYPE \"userrole\" AS ENUM ('%s');\n", labels)
}
