package shape

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/baseline"
	"followgraph/bench/load"
	"followgraph/internal/globalid"
)

const followDocument = `mutation %s($id: ID!) { followUser(input: {userId: $id}) { changed } }`

// pairs is the usual follow: a random user follows a random user. All callers are different, as long as there are enough
// users, so that a server cannot have checked a token before.
var pairs = Shape{
	Name:       "Q5",
	Title:      "follow a random pair",
	Writes:     true,
	Operations: []baseline.Operation{following.operation("Q5")},
	Requests: func(ctx context.Context, s *Source) ([]load.Request, error) {
		strangers, err := s.strangers(ctx, s.Count, s.eachOnce(), s.anyone)
		if err != nil {
			return nil, err
		}
		return s.requestChanges(fmt.Sprintf(followDocument, "Q5"), "Q5", strangers)
	},
}

// celebrity is the worst case: all writers use the same row of counts and the same end of an index.
var celebrity = Shape{
	Name:       "Q6",
	Title:      "everyone follows one account",
	Writes:     true,
	Operations: []baseline.Operation{following.operation("Q6")},
	Requests:   requestCelebrity,
}

// pair is an existing or possible follow.
type pair struct{ follower, following string } // Cognito ids

// requestCelebrity makes all users who do not follow the account with the most followers follow it. If there are too
// few, it continues with the next account.
func requestCelebrity(ctx context.Context, s *Source) ([]load.Request, error) {
	follows := make([]pair, 0, s.Count)
	for rank := 0; len(follows) < s.Count; rank++ {
		var id string
		if err := s.Conn.QueryRow(ctx, `SELECT u.cognito_id FROM users u LEFT JOIN user_follow_stats c ON c.user_id = u.cognito_id
			ORDER BY coalesce(c.followers_count, 0) DESC, u.id LIMIT 1 OFFSET $1`, rank).Scan(&id); err != nil {
			return nil, fmt.Errorf("an account for everyone to follow: %w", err)
		}
		rows, _ := s.Conn.Query(ctx, `SELECT cognito_id FROM users u WHERE cognito_id <> $1 AND NOT EXISTS (
				SELECT FROM user_follows f WHERE f.following_id = $1 AND f.follower_id = u.cognito_id
			) ORDER BY id`, id)
		everyone, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return nil, err
		}
		s.Random.Shuffle(len(everyone), func(i, j int) { everyone[i], everyone[j] = everyone[j], everyone[i] })
		for _, follower := range everyone[:min(len(everyone), s.Count-len(follows))] {
			follows = append(follows, pair{follower, id})
		}
	}
	return s.requestChanges(fmt.Sprintf(followDocument, "Q6"), "Q6", follows)
}

// requestChanges starts or ends each of the follows. Every request of a run changes something.
func (s *Source) requestChanges(document, operation string, follows []pair) ([]load.Request, error) {
	requests := make([]load.Request, len(follows))
	for i, f := range follows {
		v := baseline.Variables{ID: globalid.User(f.following), Viewer: f.follower}
		var err error
		if requests[i], err = s.write(document, operation, v, `"changed":true`); err != nil {
			return nil, err
		}
	}
	return requests, nil
}

// maxDraws limits how often rejected pairs are drawn again, so that a graph with too few pairs is an error.
const maxDraws = 100

// anyone draws a user.
func (s *Source) anyone(users int) int { return s.Random.IntN(users) }

// eachOnce returns a function that draws all users in random order, and then again.
func (s *Source) eachOnce() func(users int) int {
	var order []int
	return func(users int) int {
		if len(order) == 0 {
			order = s.Random.Perm(users)
		}
		next := order[0]
		order = order[1:]
		return next
	}
}

// strangers draws different pairs of users. The first does not follow the second. The functions select them.
func (s *Source) strangers(ctx context.Context, count int, follower, following func(users int) int) ([]pair, error) {
	result, isDrawn := make([]pair, 0, count), make(map[pair]bool, count)
	for range maxDraws {
		if len(result) == count {
			return result, nil
		}
		missing := count - len(result)
		followers, err := s.usersBy(ctx, missing, follower)
		if err != nil {
			return nil, err
		}
		followings, err := s.usersBy(ctx, missing, following)
		if err != nil {
			return nil, err
		}
		rows, _ := s.Conn.Query(ctx, `SELECT EXISTS (
				SELECT FROM user_follows WHERE follower_id = k.follower AND following_id = k.following
			) FROM unnest($1::varchar[], $2::varchar[]) WITH ORDINALITY AS k (follower, following, ord) ORDER BY k.ord`,
			followers, followings)
		exist, err := pgx.CollectRows(rows, pgx.RowTo[bool])
		if err != nil {
			return nil, err
		}
		for i, exists := range exist {
			p := pair{followers[i], followings[i]}
			if !exists && !isDrawn[p] && p.follower != p.following {
				isDrawn[p] = true
				result = append(result, p)
			}
		}
	}
	return nil, fmt.Errorf("found only %d of %d pairs without a follow", len(result), count)
}
