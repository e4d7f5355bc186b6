package store

import "context"

var graphSizeSQL = statement("graph_size", nil)

// countedPages is the size of the largest table whose rows are counted, in pages of 8 KiB: counting 128 MiB takes a
// tenth of a second.
const countedPages = 16 << 10

// GraphSize returns how many users and follows there are. Of large tables it is an estimate.
func (s *Store) GraphSize(ctx context.Context) (users, follows int64, err error) {
	return s.graphSize(ctx, countedPages)
}

func (s *Store) graphSize(ctx context.Context, counted int64) (users, follows int64, err error) {
	err = s.readTwice(ctx, func() error { return s.pool.QueryRow(ctx, graphSizeSQL, counted).Scan(&users, &follows) })
	return users, follows, classify(ctx, err)
}
