package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
)

var suggestionsSQL = statement("suggestions", nil)

// suggestionFanOut is how many of the user's newest follows contribute suggestions, and how many of the newest follows
// of each of those users are read.
const suggestionFanOut = 100

// Suggestions returns at most limit accounts that a user does not follow yet. It ranks them by the number of their
// followers among the users that the user follows. Ties are broken by the smaller id. It reads at most suggestionFanOut
// × suggestionFanOut follows, in addition to the user's own.
func (r reads) Suggestions(ctx context.Context, cognitoID string, limit int) (ranks []model.SuggestionRank, err error) {
	_, err = r.run(ctx, []query{{suggestionsSQL, []any{cognitoID, limit, suggestionFanOut}, func(_ context.Context, rows pgx.Rows) error {
		ranks, err = pgx.CollectRows(rows, pgx.RowToStructByPos[model.SuggestionRank])
		return err
	}}})
	return ranks, err
}
