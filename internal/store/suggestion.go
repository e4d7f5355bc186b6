package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
)

var suggestionsSQL = statement("suggestions", nil)

// suggestionReach is how many of the user's newest follows a suggestion may come from, and how many of each of those are
// looked at.
const suggestionFanOut = 100

// Suggestions ranks whom a user might follow: the accounts that most of those whom the user follows follow, and that the
// user does not, limit of them at most, of as many followers the one with the smaller id first. It reads
// suggestionReach × suggestionReach follows at most, beside the user's own.
func (s *Store) Suggestions(ctx context.Context, cognitoID string, limit int) ([]model.SuggestionRank, error) {
	rows, _ := s.pool.Query(ctx, suggestionsSQL, cognitoID, limit, suggestionFanOut)
	ranks, err := pgx.CollectRows(rows, pgx.RowToStructByPos[model.SuggestionRank])
	return ranks, classify(ctx, err)
}
