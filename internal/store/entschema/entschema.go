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

// searchIndexes serve searchUsers: a prefix, case-insensitive, of a name. The
// C collation makes a prefix a range of the index whatever the database's
// collation; id makes the order total.
const searchIndexes = `
CREATE INDEX "ix_users_username_search" ON "users" (lower("username") COLLATE "C", "id");
CREATE INDEX "ix_users_firstname_search" ON "users" (lower("firstname") COLLATE "C", "id");
CREATE INDEX "ix_users_lastname_search" ON "users" (lower("lastname") COLLATE "C", "id");
`

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
