package social

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/viewer"
)

// Privates returns the private fields of accounts, nil for a user without an account and for fields that the caller may
// not see. If the caller may see none, it does not query the database.
func (s *Service) Privates(ctx context.Context, cognitoIDs []string) ([]*model.Private, error) {
	caller := viewer.From(ctx)
	privates := make([]*model.Private, len(cognitoIDs))
	var visibleIDs []string
	var indexes []int
	for i, id := range cognitoIDs {
		if maySeePrivate(caller, id) {
			visibleIDs, indexes = append(visibleIDs, id), append(indexes, i)
		}
	}
	if visibleIDs == nil {
		return privates, nil
	}
	rows, err := s.accounts.Privates(ctx, visibleIDs)
	if err != nil {
		return nil, err
	}
	var others []string
	for i, place := range indexes {
		privates[place] = rows[i]
		if rows[i] != nil && !caller.Is(visibleIDs[i]) {
			others = append(others, visibleIDs[i])
		}
	}
	reportPrivateRead(ctx, caller, others)
	return privates, nil
}
