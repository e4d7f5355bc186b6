// Package schema describes the tables. The Go code in ent/ is generated from it, and `make migration` compares it with
// the migrations directory.
package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"followgraph/internal/globalid"
)

// User is a person with an account: one row of the users table.
//
// The search indexes on lower(username), lower(firstname) and lower(lastname) are expression indexes, which ent cannot
// describe. internal/store/entschema adds them.
type User struct {
	ent.Schema
}

// Annotations sets the name of the table.
func (User) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("users"),
	}
}

// Fields returns the columns.
func (User) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		field.String("username"),
		field.String("firstname").
			Optional().
			Nillable(),
		field.String("lastname").
			Optional().
			Nillable(),
		field.String("avatar").
			Optional().
			Nillable().
			Comment("A URL. Pictures from the first schema of the Python service are data: URLs."),
		field.String("email").
			Optional().
			Nillable(),
		field.String("phone_number"),
		field.String("password_hash").
			Sensitive().
			Comment("bcrypt."),
		field.Enum("role").
			Values("END_USER", "OWNER", "AGENT", "BROKER", "TC_ADMIN", "OPT_USER").
			Default("END_USER").
			SchemaType(map[string]string{
				// A native type, as in the Python service. internal/store/entschema creates it.
				dialect.Postgres: "userrole",
			}),
		field.String("country").
			Optional().
			Nillable(),
		field.String("city").
			Optional().
			Nillable(),
		field.String("zipcode").
			Optional().
			Nillable(),
		field.Time("created_at").
			Default(time.Now).
			Annotations(entsql.DefaultExpr("now()")),
		field.Time("updated_at").
			Default(time.Now).
			UpdateDefault(time.Now).
			Annotations(entsql.DefaultExpr("now()")),
		field.String("cognito_id").
			DefaultFunc(globalid.NewLocalID).
			Annotations(entsql.DefaultExpr("'local-' || gen_random_uuid()::text")).
			Comment("The id of this user in follows and counts. Generated if the user is not in Cognito: globalid.NewLocalID."),
		field.Int64("token_version").
			Default(0).
			Comment("Incremented to invalidate all existing tokens. A token contains the version under which it was issued."),
	}
}

// Indexes returns the indexes, with their names of the Python service.
func (User) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("username").
			Unique().
			StorageKey("ix_users_username"),
		index.Fields("email").
			Unique().
			StorageKey("ix_users_email"),
		index.Fields("phone_number").
			Unique().
			StorageKey("ix_users_phone_number"),
		index.Fields("cognito_id").
			Unique().
			StorageKey("ix_users_cognito_id"),
		// The order of the users connection by creation, in both directions.
		index.Fields("created_at", "id").
			StorageKey("ix_users_created_at"),
	}
}
