package store

import "context"

var (
	graphSourceSQL = statement("graph_source", nil)
	logOpenSQL     = statement("log_open", nil)
)

// GraphSource identifies the database of a graph. Numbers of tables are 0 if there is no table.
type GraphSource struct {
	System                 uint64 // system identifier of the cluster
	Database               uint32 // its number in the cluster
	Name                   string
	WALLevel               string
	IsStandby              bool
	MayLogOpen             bool   // whether the role may call LogOpen
	Users, Follows, Counts uint32 // numbers of the tables
}

// GraphSource returns what identifies the database. It can be asked on a standby.
func (s *Store) GraphSource(ctx context.Context) (GraphSource, error) {
	var g GraphSource
	var system, database, users, follows, counts int64
	err := s.pool.QueryRow(ctx, graphSourceSQL).Scan(&system, &database, &g.Name, &g.WALLevel, &g.IsStandby, &g.MayLogOpen, &users, &follows, &counts)
	g.System, g.Database = uint64(system), uint32(database)
	g.Users, g.Follows, g.Counts = uint32(users), uint32(follows), uint32(counts)
	return g, classify(ctx, err)
}

// LogOpen logs the transactions that are open, for standbys. It needs PostgreSQL 16 or newer, and a right that no role
// has by default: GraphSource.MayLogOpen.
func (s *Store) LogOpen(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, logOpenSQL)
	return classify(ctx, err)
}
