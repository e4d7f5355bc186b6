package shape

import (
	"context"
	"fmt"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
	"followgraph/internal/globalid"
)

// The sizes of Q2.
const (
	pagesUsers     = 20
	pagesFollowers = 10
)

var pagesDocument = fmt.Sprintf(`query Q2($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on User {
      %[1]s
      followers(first: %[2]d) { nodes { %[1]s } }
    }
  }
}`, personFields, pagesFollowers)

// pages is a screen of an application: several users with their newest followers.
var pages = Shape{
	Name:  "Q2",
	Title: "20 users × 10 followers with counts",
	Operations: []baseline.Operation{{
		Name: "Q2",
		// LEFT JOIN: an unknown user is a null.
		SQL: answerSQL("nodes", `
    SELECT coalesce(json_agg(person), '[]')
    FROM unnest($1::varchar[]) WITH ORDINALITY AS k (id, ord)
    LEFT JOIN LATERAL (`+personSQL("", "k.id", pagesFollowers)+`) person ON true`),
		Args: func(v baseline.Variables) ([]any, error) {
			ids, err := parseIDs(v)
			return []any{ids}, err
		},
		Levels: readPages,
	}},
	Requests: requestPages,
}

func parseIDs(v baseline.Variables) ([]string, error) {
	ids := make([]string, len(v.IDs))
	for i, id := range v.IDs {
		var err error
		if ids[i], err = globalid.ParseUser("ids", id); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func readPages(ctx context.Context, db *baseline.Statements, v baseline.Variables) (any, error) {
	ids, err := parseIDs(v)
	if err != nil {
		return nil, err
	}
	var data struct {
		Nodes []*person `json:"nodes"`
	}
	if data.Nodes, err = people(ctx, db, ids); err != nil {
		return nil, err
	}
	owners := make([]*person, 0, len(data.Nodes))
	for _, user := range data.Nodes {
		if user != nil {
			owners = append(owners, user)
		}
	}
	_, err = follow(ctx, db, owners, pagesFollowers)
	return data, err
}

func requestPages(ctx context.Context, s *Source) ([]load.Request, error) {
	ids, err := s.users(ctx, s.Count*pagesUsers)
	if err != nil {
		return nil, err
	}
	counts, err := s.count(ctx, fmt.Sprintf(`SELECT 1 + (
			SELECT count(*) FROM (SELECT FROM user_follows WHERE following_id = k.id LIMIT %d) page
		) FROM unnest($1::varchar[]) WITH ORDINALITY AS k (id, ord) ORDER BY k.ord`, pagesFollowers), ids)
	if err != nil {
		return nil, err
	}
	requests := make([]load.Request, s.Count)
	for i := range requests {
		var v baseline.Variables
		nodes := 0
		for j := i * pagesUsers; j < (i+1)*pagesUsers; j++ {
			v.IDs = append(v.IDs, globalid.User(ids[j]))
			nodes += counts[j]
		}
		if requests[i], err = request(pagesDocument, "Q2", v, nodes); err != nil {
			return nil, err
		}
	}
	return requests, nil
}
