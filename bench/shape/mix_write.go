package shape

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
)

const (
	additionDocument = `mutation AddLink($id: ID!) { followUser(input: {userId: $id}) { changed } }`
	deletionDocument = `mutation DeleteLink($id: ID!) { unfollowUser(input: {userId: $id}) { changed } }`
	updateDocument   = `mutation UpdateNode($firstname: String!) {
  updateProfile(input: {firstname: $firstname}) { user { cognitoId firstname } }
}`
)

var updateOperation = baseline.Operation{
	Name: "UpdateNode",
	SQL: `WITH updated AS (` + updateSQL + `)
` + answerRowSQL("updateProfile", `SELECT u AS "user" FROM updated u`),
	Args:   func(v baseline.Variables) ([]any, error) { return []any{v.Viewer, v.Firstname}, nil },
	Levels: updateNode,
}

const updateSQL = `UPDATE users SET firstname = $2, updated_at = now() WHERE cognito_id = $1
    RETURNING cognito_id AS "cognitoId", firstname`

func updateNode(ctx context.Context, db *baseline.Statements, v baseline.Variables) (any, error) {
	type user struct {
		CognitoID string `json:"cognitoId"`
		Firstname string `json:"firstname"`
	}
	type payload struct {
		User user `json:"user"`
	}
	rows, err := db.Query(ctx, updateSQL, v.Viewer, v.Firstname)
	if err != nil {
		return nil, err
	}
	var data struct {
		UpdateProfile *payload `json:"updateProfile"`
	}
	updated, err := pgx.CollectRows(rows, pgx.RowToStructByPos[user])
	if len(updated) > 0 {
		data.UpdateProfile = &payload{updated[0]}
	}
	return data, err
}

// requestAdditions makes random users follow users that are drawn by LinkBench's distribution.
func (m *mixBuilder) requestAdditions(ctx context.Context, count int) ([]load.Request, error) {
	strangers, err := m.strangers(ctx, count, m.anyone, m.zipfUser)
	if err != nil {
		return nil, err
	}
	for _, s := range strangers {
		m.added[s.following]++
	}
	return m.requestChanges(additionDocument, "AddLink", strangers)
}

// requestUpdates changes the first names of users.
func (m *mixBuilder) requestUpdates(ctx context.Context, count int) ([]load.Request, error) {
	ids, err := m.zipfUsers(ctx, count)
	if err != nil {
		return nil, err
	}
	requests := make([]load.Request, count)
	for i, id := range ids {
		v := baseline.Variables{Viewer: id, Firstname: fmt.Sprint("Una ", i)}
		if requests[i], err = m.write(updateDocument, "UpdateNode", v, node); err != nil {
			return nil, err
		}
	}
	m.Changes.Users = append(m.Changes.Users, ids...)
	return requests, nil
}

// requestDeletions ends follows of users that are drawn by LinkBench's distribution, if they have followers. Each draw
// of a user ends its next follow, newest first.
func (m *mixBuilder) requestDeletions(ctx context.Context, count int) ([]load.Request, error) {
	type follow struct {
		ID                  int64
		Follower, Following string
	}
	follows := make([]pair, 0, count)
	draws := make(map[string]int)
	for range maxDraws {
		if len(follows) == count {
			return m.requestChanges(deletionDocument, "DeleteLink", follows)
		}
		ids, err := m.zipfUsers(ctx, count-len(follows))
		if err != nil {
			return nil, err
		}
		positions := make([]int, len(ids))
		for i, id := range ids {
			positions[i] = draws[id]
			draws[id]++
		}
		rows, _ := m.Conn.Query(ctx, `SELECT f.id, f.follower_id, k.id
			FROM unnest($1::varchar[], $2::int[]) WITH ORDINALITY AS k (id, position, ord)
			CROSS JOIN LATERAL (
				SELECT id, follower_id FROM user_follows WHERE following_id = k.id
				ORDER BY created_at DESC, id DESC OFFSET k.position LIMIT 1
			) f ORDER BY k.ord`, ids, positions)
		rowFollows, err := pgx.CollectRows(rows, pgx.RowToStructByPos[follow])
		if err != nil {
			return nil, err
		}
		for _, f := range rowFollows {
			follows = append(follows, pair{f.Follower, f.Following})
			m.removed[f.Following]++
			m.Changes.Follows = append(m.Changes.Follows, f.ID)
		}
	}
	return nil, fmt.Errorf("found only %d of %d follows to end", len(follows), count)
}
