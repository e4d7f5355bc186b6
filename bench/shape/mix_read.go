package shape

import (
	"context"
	"fmt"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
)

// mixListSize is the page size of the mix's link lists.
const mixListSize = 20

var (
	listDocument = fmt.Sprintf(`query LinkList($id: String!) {
  user(cognitoId: $id) { followers(first: %d) { nodes { cognitoId username } } }
}`, mixListSize)

	listOperation = baseline.Operation{
		Name: "LinkList",
		SQL: answerSQL("user", `
    SELECT json_build_object('followers', json_build_object('nodes', (
        SELECT coalesce(json_agg(linked), '[]') FROM (
            SELECT u.cognito_id AS "cognitoId", u.username
            FROM (
                SELECT follower_id FROM user_follows WHERE following_id = $1 ORDER BY created_at DESC, id DESC
                LIMIT `+fmt.Sprint(mixListSize)+`
            ) f
            CROSS JOIN LATERAL (SELECT cognito_id, username FROM users WHERE cognito_id = f.follower_id LIMIT 1) u
        ) linked
    ))) FROM users WHERE cognito_id = $1`),
		Args:   byID,
		Levels: readList,
	}
)

// requestLists computes the minimum and maximum of followers in a list, because concurrent writes add and remove some.
func (m *mixBuilder) requestLists(ctx context.Context, count int) ([]load.Request, error) {
	ids, err := m.zipfUsers(ctx, count)
	if err != nil {
		return nil, err
	}
	counts, err := m.count(ctx, `SELECT coalesce(s.followers_count, 0)
		FROM unnest($1::varchar[]) WITH ORDINALITY AS k (id, ord) LEFT JOIN user_follow_stats s ON s.user_id = k.id
		ORDER BY k.ord`, ids)
	if err != nil {
		return nil, err
	}
	requests := make([]load.Request, count)
	for i, id := range ids {
		least := min(mixListSize, counts[i]-m.removed[id])
		if requests[i], err = request(listDocument, "LinkList", baseline.Variables{ID: id}, least); err != nil {
			return nil, err
		}
		requests[i].MostNodes = min(mixListSize, counts[i]+m.added[id])
	}
	return requests, nil
}

const nodeDocument = `query Node($id: String!) { user(cognitoId: $id) { cognitoId username firstname lastname } }`

var nodeOperation = baseline.Operation{
	Name: "Node",
	SQL: answerRowSQL("user", `
    SELECT cognito_id AS "cognitoId", username, firstname, lastname FROM users WHERE cognito_id = $1`),
	Args:   byID,
	Levels: readNode,
}

func (m *mixBuilder) requestNodes(ctx context.Context, count int) ([]load.Request, error) {
	ids, err := m.zipfUsers(ctx, count)
	if err != nil {
		return nil, err
	}
	return requestEach(nodeDocument, "Node", ids, 1)
}

const countDocument = `query Count($id: String!) { user(cognitoId: $id) { stats { followersCount followingsCount } } }`

var countOperation = baseline.Operation{
	Name: "Count",
	SQL: answerRowSQL("user", `
    SELECT s AS stats
    FROM users u LEFT JOIN user_follow_stats c ON c.user_id = u.cognito_id `+statsSQL("c", "s")+`
    WHERE u.cognito_id = $1`),
	Args:   byID,
	Levels: readCount,
}

func (m *mixBuilder) requestCounts(ctx context.Context, count int) ([]load.Request, error) {
	ids, err := m.zipfUsers(ctx, count)
	if err != nil {
		return nil, err
	}
	requests, err := requestEach(countDocument, "Count", ids, 1)
	for i := range requests {
		requests[i].Key = `"followersCount"`
	}
	return requests, err
}

// listSQL returns one row without a follower for a user without followers.
const listSQL = `SELECT x.cognito_id, x.username FROM users k
LEFT JOIN LATERAL (
    SELECT u.cognito_id, u.username
    FROM (
        SELECT follower_id FROM user_follows WHERE following_id = k.cognito_id ORDER BY created_at DESC, id DESC LIMIT $2
    ) f
    CROSS JOIN LATERAL (SELECT cognito_id, username FROM users WHERE cognito_id = f.follower_id LIMIT 1) u
) x ON true
WHERE k.cognito_id = $1`

const nodeSQL = `SELECT cognito_id, username, firstname, lastname FROM users WHERE cognito_id = $1`

const countSQL = `SELECT coalesce(s.followers_count, 0), coalesce(s.followings_count, 0)
FROM users u LEFT JOIN user_follow_stats s ON s.user_id = u.cognito_id WHERE u.cognito_id = $1`

func readList(ctx context.Context, db *baseline.Statements, v baseline.Variables) (any, error) {
	type linked struct {
		CognitoID string `json:"cognitoId"`
		Username  string `json:"username"`
	}
	type list struct {
		Followers struct {
			Nodes []linked `json:"nodes"`
		} `json:"followers"`
	}
	rows, err := db.Query(ctx, listSQL, v.ID, mixListSize)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var data struct {
		User *list `json:"user"`
	}
	for rows.Next() {
		if data.User == nil {
			data.User = new(list)
			data.User.Followers.Nodes = make([]linked, 0, mixListSize)
		}
		var id, username *string
		if err := rows.Scan(&id, &username); err != nil {
			return nil, err
		}
		if id != nil {
			data.User.Followers.Nodes = append(data.User.Followers.Nodes, linked{*id, *username})
		}
	}
	return data, rows.Err()
}

func readNode(ctx context.Context, db *baseline.Statements, v baseline.Variables) (any, error) {
	type user struct {
		CognitoID string  `json:"cognitoId"`
		Username  string  `json:"username"`
		Firstname *string `json:"firstname"`
		Lastname  *string `json:"lastname"`
	}
	return readUser(ctx, db, nodeSQL, v,
		func(u *user) []any { return []any{&u.CognitoID, &u.Username, &u.Firstname, &u.Lastname} })
}

func readCount(ctx context.Context, db *baseline.Statements, v baseline.Variables) (any, error) {
	type user struct {
		Stats stats `json:"stats"`
	}
	return readUser(ctx, db, countSQL, v,
		func(u *user) []any { return []any{&u.Stats.Followers, &u.Stats.Followings} })
}
