package shape

import (
	"context"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
)

const profileDocument = `query Q1($id: String!) {
  user(cognitoId: $id) {
    cognitoId username firstname lastname avatar role
    stats { followersCount followingsCount }
  }
}`

// profile is the smallest query. It shows the fixed cost of a server.
var profile = Shape{
	Name:  "Q1",
	Title: "one user with profile and counts",
	Operations: []baseline.Operation{{
		Name: "Q1",
		SQL: answerRowSQL("user", `
    SELECT u.cognito_id AS "cognitoId", u.username, u.firstname, u.lastname, u.avatar, u.role, s AS stats
    FROM users u LEFT JOIN user_follow_stats c ON c.user_id = u.cognito_id `+statsSQL("c", "s")+`
    WHERE u.cognito_id = $1`),
		Args:   byID,
		Levels: readProfile,
	}},
	Requests: func(ctx context.Context, s *Source) ([]load.Request, error) {
		ids, err := s.users(ctx, s.Count)
		if err != nil {
			return nil, err
		}
		return requestEach(profileDocument, "Q1", ids, 1)
	},
}

// requestEach returns a request for each user. Every answer has the same number of nodes.
func requestEach(document, operation string, ids []string, nodes int) ([]load.Request, error) {
	requests := make([]load.Request, len(ids))
	for i, id := range ids {
		var err error
		if requests[i], err = request(document, operation, baseline.Variables{ID: id}, nodes); err != nil {
			return nil, err
		}
	}
	return requests, nil
}

const profileSQL = `SELECT u.cognito_id, u.username, u.firstname, u.lastname, u.avatar, u.role::text,
    coalesce(s.followers_count, 0), coalesce(s.followings_count, 0)
FROM users u LEFT JOIN user_follow_stats s ON s.user_id = u.cognito_id WHERE u.cognito_id = $1`

func readProfile(ctx context.Context, db *baseline.Statements, v baseline.Variables) (any, error) {
	type user struct {
		CognitoID string  `json:"cognitoId"`
		Username  string  `json:"username"`
		Firstname *string `json:"firstname"`
		Lastname  *string `json:"lastname"`
		Avatar    *string `json:"avatar"`
		Role      string  `json:"role"`
		Stats     stats   `json:"stats"`
	}
	return readUser(ctx, db, profileSQL, v, func(u *user) []any {
		return []any{
			&u.CognitoID, &u.Username, &u.Firstname, &u.Lastname, &u.Avatar, &u.Role,
			&u.Stats.Followers, &u.Stats.Followings,
		}
	})
}

// readUser answers with the field user, from a statement that returns one row or none for the user with an id.
func readUser[T any](
	ctx context.Context, db *baseline.Statements, sql string, v baseline.Variables, targets func(*T) []any,
) (any, error) {
	var data struct {
		User *T `json:"user"`
	}
	rows, err := db.Query(ctx, sql, v.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if rows.Next() {
		data.User = new(T)
		if err := rows.Scan(targets(data.User)...); err != nil {
			return nil, err
		}
	}
	rows.Close()
	return data, rows.Err()
}
