// Package entschema returns the schema that ent/schema describes as SQL.
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
	"followgraph/internal/store/searchkey"
)

// searchIndexes serve searchUsers and the order of usernames. That of words finds the beginnings of words in any order,
// that of names the full names that a search equals, and that of usernames the same of usernames. With the C collation a
// prefix is a range of an index whatever the database's collation. Without fastupdate no search reads a list of pending
// entries.
//
// The indexes of first and last names serve the previous version of the program, which works with this schema too while
// an upgrade goes on and after a rollback. The next release drops them.
var searchIndexes = `
CREATE INDEX "ix_users_username_search" ON "users" (` + searchkey.SQL(`"username"`) + `, "id");
CREATE INDEX "ix_users_firstname_search" ON "users" (` + searchkey.SQL(`"firstname" || ' ' || coalesce("lastname", '')`) + `, "id");
CREATE INDEX "ix_users_lastname_search" ON "users" (` + searchkey.SQL(`"lastname" || ' ' || coalesce("firstname", '')`) + `, "id");
CREATE INDEX "ix_users_words_search" ON "users" USING gin ((` + searchkey.Tokens("") + `)) WITH (fastupdate = off);
CREATE INDEX "ix_users_name_search" ON "users" ((` + searchkey.Name("") + `), "id");
`

// caseIndexes find usernames and email addresses that differ in case alone, the same in every locale. The indexes are not
// unique, because an adopted database may contain such accounts, and the service that created them may go on to create
// more.
var caseIndexes = `
CREATE INDEX "ix_users_username_case" ON "users" (` + searchkey.Folded(`"username"`) + `);
CREATE INDEX "ix_users_email_case" ON "users" (` + searchkey.Folded(`"email"`) + `);
`

// bytewiseIDs compares Cognito ids byte by byte. Every lookup compares ids in an index, which costs several times more
// with a language's collation. ent cannot declare the collation of a primary key, and Atlas does not see it.
const bytewiseIDs = `
ALTER TABLE "users" ALTER COLUMN "cognito_id" TYPE character varying COLLATE "C";
ALTER TABLE "user_follows" ALTER COLUMN "follower_id" TYPE character varying COLLATE "C", ALTER COLUMN "following_id" TYPE character varying COLLATE "C";
ALTER TABLE "user_follow_stats" ALTER COLUMN "user_id" TYPE character varying COLLATE "C";
`

// primaryKeyName gives the primary key of users the name that the Python service gave its index on id. ent does not
// name primary keys.
const primaryKeyName = `
ALTER INDEX "users_pkey" RENAME TO "ix_users_id";
`

// SQL returns the statements that build the final schema in an empty database: ent's own, and around them what ent
// cannot describe, which is the enum type, the expression indexes, the collation of ids and the name of the primary
// key.
func SQL(ctx context.Context) (string, error) {
	// The version affects only syntax, which is the same from 14 to 18.
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

// roleType returns the statement for the enum with the labels of ent/schema, in their order.
func roleType() string {
	at := slices.IndexFunc(migrate.UsersColumns, func(c *schema.Column) bool { return c.Name == user.FieldRole })
	labels := strings.Join(migrate.UsersColumns[at].Enums, "', '")
	return fmt.Sprintf("CREATE TYPE \"userrole\" AS ENUM ('%s');\n", labels)
}
