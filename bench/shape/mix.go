package shape

import (
	"context"
	"fmt"
	"math"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
)

// mixListSize is the page size of the mix's link lists.
const mixListSize = 20

// The operations of the mix, and their parts in LinkBench's load, in percent (Armstrong and others: LinkBench: a database
// benchmark based on the Facebook social graph, SIGMOD 2013). The rest are writes, which this API does not have yet: add
// link 9, update 15, delete 3.
var mixed = []struct {
	baseline.Operation
	part     int // of the sum of parts
	document string
	key      string // of load.Request
	nodes    string // a query that counts the nodes in the answer for the user k.id
}{
	{
		part:     51,
		document: fmt.Sprintf(`query LinkList($id: String!) { user(cognitoId: $id) { followers(first: %d) { nodes { cognitoId username } } } }`, mixListSize),
		key:      node,
		nodes:    fmt.Sprintf(`SELECT count(*) FROM (SELECT FROM user_follows WHERE following_id = k.id LIMIT %d) page`, mixListSize),
		Operation: baseline.Operation{
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
		},
	},
	{
		part:     13,
		document: `query Node($id: String!) { user(cognitoId: $id) { cognitoId username firstname lastname } }`,
		key:      node,
		nodes:    `SELECT 1`,
		Operation: baseline.Operation{
			Name: "Node",
			SQL: answerRowSQL("user", `
    SELECT cognito_id AS "cognitoId", username, firstname, lastname FROM users WHERE cognito_id = $1`),
			Args:   byID,
			Levels: readNode,
		},
	},
	{
		part:     5,
		document: `query Count($id: String!) { user(cognitoId: $id) { stats { followersCount followingsCount } } }`,
		key:      `"followersCount"`,
		nodes:    `SELECT 1`,
		Operation: baseline.Operation{
			Name: "Count",
			SQL: answerRowSQL("user", `
    SELECT s AS stats
    FROM users u LEFT JOIN user_follow_stats c ON c.user_id = u.cognito_id `+statsSQL("c", "s")+`
    WHERE u.cognito_id = $1`),
			Args:   byID,
			Levels: readCount,
		},
	},
}

// mix is what of LinkBench's load this API has so far, with its proportions. A link list is a page of followers.
var mix = Shape{
	Name:     "Q7",
	Title:    "LinkBench's reads: link list 51, node 13, count 5; Zipf 0.8",
	Requests: requestMix,
	Operations: func() (all []baseline.Operation) {
		for _, m := range mixed {
			all = append(all, m.Operation)
		}
		return all
	}(),
}

// zipf is the exponent of LinkBench's access distribution.
const zipf = 0.8

// requestMix draws operations by their parts and users by Zipf's law over their numbers, which say nothing about how
// many follow them. A rank's distribution function is close to (rank/users)^(1-zipf), which is inverted here.
func requestMix(ctx context.Context, s *Source) ([]load.Request, error) {
	ids, err := s.chosen(ctx, s.Count, func(users int) int {
		return int(float64(users) * math.Pow(s.Random.Float64(), 1/(1-zipf)))
	})
	if err != nil {
		return nil, err
	}
	sum := 0
	var nodes [][]int
	for _, m := range mixed {
		sum += m.part
		counts, err := s.count(ctx, "SELECT ("+m.nodes+")::int FROM unnest($1::varchar[]) WITH ORDINALITY AS k (id, ord) ORDER BY k.ord", ids)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, counts)
	}
	requests := make([]load.Request, s.Count)
	for i, id := range ids {
		chosen, draw := 0, s.Random.IntN(sum)
		for draw >= mixed[chosen].part {
			draw -= mixed[chosen].part
			chosen++
		}
		m := mixed[chosen]
		if requests[i], err = request(m.document, m.Name, baseline.Variables{ID: id}, nodes[chosen][i]); err != nil {
			return nil, err
		}
		requests[i].Key = m.key
	}
	return requests, nil
}

// listSQL gives one row without a follower for a user who has none.
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
