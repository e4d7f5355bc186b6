// Package schema describes the tables. The Go code in ent/ is generated from
// it, and `make migration` compares it with the migrations directory.
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
// The search indexes on lower(username), lower(firstname) and lower(lastname)
// are expression indexes, which ent cannot describe; internal/store/entschema adds them.
type User struct {
	ent.Schema
}

// Annotations names the table.
func (User) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("users"),
	}
}

// Fields lists the columns.
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
			Comment("A URL. Pictures of the Python service's first schema became data: URLs."),
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
				// A native type, as the Python service made it. internal/store/entschema creates it.
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
			Comment("The id under which follows and counts name this user. Made up where Cognito does not know the user: globalid.NewLocalID."),
		field.Int64("token_version").
			Default(0).
			Comment("Goes up when all tokens issued before must end; a token names the version that it was issued under."),
	}
}

// Indexes lists the indexes, under the names that the Python service gave them.
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
		// The order of the users connection by creation, in either direction.
		index.Fields("created_at", "id").
			StorageKey("ix_users_created_at"),
	}
}
