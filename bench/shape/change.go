package shape

import (
	"context"

	"followgraph/bench/baseline"
	"followgraph/internal/globalid"
)

// change is how the baselines start or end a follow. In all statements $1 is the followed user and $2 the caller.
type change struct {
	field  string // of GraphQL
	sql    string // writes the follow, and returns a row if it changed something
	levels string // the same for accounts that are known to exist
	// counts changes the counts of both accounts if a condition holds.
	counts func(condition string) string
}

var (
	following = change{
		field:  "followUser",
		sql:    insertSQL + `SELECT following_id, follower_id FROM ends ` + onceSQL,
		levels: insertSQL + `VALUES ($1, $2) ` + onceSQL,
		counts: func(condition string) string {
			return countsSQL("(k.id = $1)::int", "(k.id = $2)::int", "+", condition)
		},
	}
	unfollowing = change{
		field:  "unfollowUser",
		sql:    deleteSQL,
		levels: deleteSQL,
		// A follow always has counts, so the zeros are never written.
		counts: func(condition string) string { return countsSQL("0", "0", "-", condition) },
	}
)

const (
	insertSQL = `INSERT INTO user_follows (following_id, follower_id) `
	onceSQL   = `ON CONFLICT (follower_id, following_id) DO NOTHING RETURNING id`
	deleteSQL = `DELETE FROM user_follows WHERE following_id = $1::varchar AND follower_id = $2::varchar RETURNING id`
)

// endsSQL returns both accounts, or no row if one does not exist.
const endsSQL = `SELECT followed.cognito_id AS following_id, viewer.cognito_id AS follower_id
    FROM (SELECT cognito_id FROM users WHERE cognito_id = $1::varchar LIMIT 1) followed,
         (SELECT cognito_id FROM users WHERE cognito_id = $2::varchar LIMIT 1) viewer`

// countsSQL writes the lower id first, so that two writers cannot deadlock.
func countsSQL(followers, followings, sign, condition string) string {
	return `INSERT INTO user_follow_stats AS s (user_id, followers_count, followings_count)
    SELECT k.id, ` + followers + `, ` + followings + `
    FROM (VALUES (least($1::varchar, $2::varchar)), (greatest($1::varchar, $2::varchar))) k (id)
    WHERE ` + condition + `
    ON CONFLICT (user_id) DO UPDATE SET
        followers_count = s.followers_count ` + sign + ` (s.user_id = $1)::int,
        followings_count = s.followings_count ` + sign + ` (s.user_id = $2)::int,
        updated_at = now()`
}

// operation returns the operation with a name: as one statement, and as a transaction of several.
func (c change) operation(name string) baseline.Operation {
	return baseline.Operation{
		Name: name,
		SQL: `WITH ends AS (` + endsSQL + `), changed AS (` + c.sql + `), moved AS (` + c.counts("EXISTS (SELECT FROM changed)") + `)
` + answerRowSQL(c.field, `SELECT EXISTS (SELECT FROM changed) AS changed FROM ends`),
		Args: func(v baseline.Variables) ([]any, error) {
			id, err := globalid.ParseUser("id", v.ID)
			return []any{id, v.Viewer}, err
		},
		Levels: c.write,
	}
}

func (c change) write(ctx context.Context, db *baseline.Statements, v baseline.Variables) (any, error) {
	type payload struct {
		Changed bool `json:"changed"`
	}
	id, err := globalid.ParseUser("id", v.ID)
	if err != nil {
		return nil, err
	}
	var answer *payload
	err = db.Transaction(ctx, func(tx *baseline.Statements) error {
		exist, err := gives(ctx, tx, endsSQL, id, v.Viewer)
		if err != nil || !exist {
			return err
		}
		answer = new(payload)
		answer.Changed, err = gives(ctx, tx, c.levels, id, v.Viewer)
		if err != nil || !answer.Changed {
			return err
		}
		_, err = gives(ctx, tx, c.counts("true"), id, v.Viewer)
		return err
	})
	return map[string]*payload{c.field: answer}, err
}

// gives reports whether a statement returns a row.
func gives(ctx context.Context, db *baseline.Statements, sql string, args ...any) (bool, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	hasRow := rows.Next()
	rows.Close()
	return hasRow, rows.Err()
}
