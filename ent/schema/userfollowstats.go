package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// UserFollowStats holds a user's two counts: one row of the user_follow_stats table. The counts equal the rows of
// user_follows at every commit. A user without a row has no followers and does not follow anyone.
type UserFollowStats struct {
	ent.Schema
}

// Annotations sets the name of the table and forbids negative counts.
func (UserFollowStats) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Table("user_follow_stats"),
		entsql.Checks(map[string]string{
			"ck_user_follow_stats_followers_count":  "followers_count >= 0",
			"ck_user_follow_stats_followings_count": "followings_count >= 0",
		}),
	}
}

// Fields returns the columns.
func (UserFollowStats) Fields() []ent.Field {
	return []ent.Field{
		// ent calls every primary key id. The column is user_id and holds users.cognito_id.
		field.String("id").
			StorageKey("user_id"),
		field.Int64("followers_count").
			Default(0),
		field.Int64("followings_count").
			Default(0),
		field.Time("updated_at").
			Default(time.Now).
			UpdateDefault(time.Now).
			Annotations(entsql.DefaultExpr("now()")),
		field.Time("deleted_at").
			Optional().
			Nillable().
			Comment("Time when the account was deleted, while some of its follows remain. The row is deleted with the last follow."),
	}
}

// Indexes returns the indexes. The few accounts whose deletion is in progress are found without a scan. The index of the
// counts is the order of the users connection by followers.
func (UserFollowStats) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("deleted_at").
			StorageKey("ix_user_follow_stats_deleted_at").
			Annotations(entsql.IndexWhere("deleted_at IS NOT NULL")),
		index.Fields("followers_count", "id").
			StorageKey("ix_user_follow_stats_followers_count"),
	}
}
