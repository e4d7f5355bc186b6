package store

import (
	"context"

	adoption "followgraph/internal/store/adopt"
)

// AdoptionCounts contains counts that should fall to zero after the adoption of a database.
type AdoptionCounts struct {
	Unlinked         int64 // accounts with a generated Cognito id
	UnknownFollowers int64 // follows whose follower has no account
	UnknownFollowing int64 // follows whose followed user has no account
	Foreign          adoption.ForeignWriteCounts
}

var straysSQL = statement("strays", nil)

// AdoptionCounts reads every row of user_follow_stats but no follows. With 200,000 users it takes a tenth of a second.
func (s *Store) AdoptionCounts(ctx context.Context) (counts AdoptionCounts, err error) {
	err = s.pool.QueryRow(ctx, straysSQL).Scan(&counts.Unlinked, &counts.UnknownFollowers, &counts.UnknownFollowing)
	if err == nil {
		counts.Foreign, _, err = adoption.ForeignWrites(ctx, s.pool)
	}
	return counts, classify(ctx, err)
}
