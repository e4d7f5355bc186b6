package store

import "context"

var graphSizeSQL = statement("graph_size", nil)

// GraphSize returns how many users and follows there are.
func (s *Store) GraphSize(ctx context.Context) (users, follows int64, err error) {
	err = s.pool.QueryRow(ctx, graphSizeSQL).Scan(&users, &follows)
	return users, follows, classify(ctx, err)
}
