package store

import (
	"context"

	"followgraph/internal/model"
)

var relationsSQL = statement("relations", nil)

// Relations returns for each user, in their order, whether the viewer follows them and whether they follow the viewer.
// It takes one statement for any number of users.
func (s *Store) Relations(ctx context.Context, viewer string, cognitoIDs []string) ([]model.Relation, error) {
	rows, err := s.pool.Query(ctx, relationsSQL, viewer, cognitoIDs)
	if err != nil {
		return nil, classify(ctx, err)
	}
	relations := make([]model.Relation, len(cognitoIDs))
	err = eachRow(ctx, rows, func(r *row) {
		relation := &relations[r.integer()-1]
		relation.ViewerFollows, relation.FollowsViewer = r.integer() == 1, r.integer() == 1
	})
	if err != nil {
		return nil, classify(ctx, err)
	}
	return relations, nil
}
