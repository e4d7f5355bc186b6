package social

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/viewer"
)

// Privates reads the private parts of accounts, nil in the place of an unknown one and of one whose private part the
// caller may not see. Where none may be seen, the database is not asked.
func (s *Service) Privates(ctx context.Context, cognitoIDs []string) ([]*model.Private, error) {
	caller := viewer.From(ctx)
	privates := make([]*model.Private, len(cognitoIDs))
	var visible []string
	var places []int
	for i, id := range cognitoIDs {
		if seesPrivate(caller, id) {
			visible, places = append(visible, id), append(places, i)
		}
	}
	if visible == nil {
		return privates, nil
	}
	found, err := s.accounts.Privates(ctx, visible)
	if err != nil {
		return nil, err
	}
	var others []string
	for i, place := range places {
		privates[place] = found[i]
		if found[i] != nil && !caller.Is(visible[i]) {
			others = append(others, visible[i])
		}
	}
	tellRead(ctx, caller, others)
	return privates, nil
}
