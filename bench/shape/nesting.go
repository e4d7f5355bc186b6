package shape

import (
	"context"
	"fmt"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
)

// nestingSizes are the page sizes of Q3's three levels.
var nestingSizes = [3]int{20, 10, 5}

var nestingDocument = fmt.Sprintf(`query Q3($id: String!) {
  user(cognitoId: $id) {
    %[1]s
    followers(first: %[2]d) { nodes {
      %[1]s
      followers(first: %[3]d) { nodes {
        %[1]s
        followers(first: %[4]d) { nodes { %[1]s } }
      } }
    } }
  }
}`, personFields, nestingSizes[0], nestingSizes[1], nestingSizes[2])

// nesting is the query that the product was made for: a user, its newest followers, and two more levels of followers.
var nesting = Shape{
	Name:  "Q3",
	Title: "1 → 20 → 10 → 5 users with counts",
	Operations: []baseline.Operation{{
		Name:   "Q3",
		SQL:    answerRowSQL("user", personSQL("", "$1", nestingSizes[:]...)),
		Args:   byID,
		Levels: readNesting,
	}},
	Requests: requestNesting,
}

func readNesting(ctx context.Context, db *baseline.Statements, v baseline.Variables) (any, error) {
	var data struct {
		User *person `json:"user"`
	}
	level, err := people(ctx, db, []string{v.ID})
	if err != nil || level[0] == nil {
		return data, err
	}
	data.User = level[0]
	for _, size := range nestingSizes {
		if level, err = follow(ctx, db, level, size); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// requestNesting counts only the rows of the pages, because every follow of a dataset has an account.
func requestNesting(ctx context.Context, s *Source) ([]load.Request, error) {
	ids, err := s.users(ctx, s.Count)
	if err != nil {
		return nil, err
	}
	counts, err := s.count(ctx, fmt.Sprintf(`SELECT 1 + coalesce((
			SELECT sum(1 + coalesce((
				SELECT sum(1 + (
					SELECT count(*) FROM (SELECT FROM user_follows WHERE following_id = b.follower_id LIMIT %[3]d) c
				)) FROM (
					SELECT follower_id FROM user_follows WHERE following_id = a.follower_id
					ORDER BY created_at DESC, id DESC LIMIT %[2]d
				) b
			), 0)) FROM (
				SELECT follower_id FROM user_follows WHERE following_id = k.id
				ORDER BY created_at DESC, id DESC LIMIT %[1]d
			) a
		), 0)::int FROM unnest($1::varchar[]) WITH ORDINALITY AS k (id, ord) ORDER BY k.ord`,
		nestingSizes[0], nestingSizes[1], nestingSizes[2]), ids)
	if err != nil {
		return nil, err
	}
	requests := make([]load.Request, s.Count)
	for i, id := range ids {
		if requests[i], err = request(nestingDocument, "Q3", baseline.Variables{ID: id}, counts[i]); err != nil {
			return nil, err
		}
	}
	return requests, nil
}
