package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// UserFollow is one edge of the graph, from follower to followed: one row of the user_follows table. Both ends hold
// users.cognito_id. There are no foreign keys: the Python service left follows of ids that have no row in users.
type UserFollow struct {
	ent.Schema
}

// Annotations sets the name of the table and forbids following oneself.
func (UserFollow) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("user_follows"),
		entsql.Checks(map[string]string{
			"ck_user_follows_not_self": "follower_id <> following_id",
		}),
	}
}

// Fields returns the columns. A follow is created and deleted, but never updated.
func (UserFollow) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		field.String("follower_id").
			Immutable(),
		field.String("following_id").
			Immutable(),
		field.Time("created_at").
			Default(time.Now).
			Immutable().
			Annotations(entsql.DefaultExpr("now()")),
	}
}

// Indexes returns the indexes. The two page indexes hold a user's list in page order together with the other end, so
// that a page reads no table row.
func (UserFollow) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("follower_id", "following_id").
			Unique().
			StorageKey("idx_follower_following"),
		index.Fields("follower_id", "created_at", "id").
			StorageKey("idx_follower_id").
			Annotations(entsql.IncludeColumns("following_id")),
		index.Fields("following_id", "created_at", "id").
			StorageKey("idx_following_id").
			Annotations(entsql.IncludeColumns("follower_id")),
	}
}
