package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
)

var relationsSQL = statement("relations", nil)

// Relations returns for each user, in their order, whether the viewer follows them and whether they follow the viewer.
// It takes one statement for any number of users.
func (r reads) Relations(ctx context.Context, viewer string, cognitoIDs []string) ([]model.Relation, error) {
	relations := make([]model.Relation, len(cognitoIDs))
	_, err := r.run(ctx, []query{{relationsSQL, []any{viewer, cognitoIDs}, func(ctx context.Context, rows pgx.Rows) error {
		return eachRow(ctx, rows, func(r *row) {
			relation := &relations[r.integer()-1]
			relation.ViewerFollows, relation.FollowsViewer = r.integer() == 1, r.integer() == 1
		})
	}}})
	if err != nil {
		return nil, err
	}
	return relations, nil
}
