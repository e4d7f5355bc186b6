package mirror

import (
	"context"

	"followgraph/internal/changes"
	"followgraph/internal/store"
)

// StreamOf returns the options of the stream of a store's database. url is the address of the database. elsewhere is
// another one at which the stream is read, such as that of a standby; empty for none.
func StreamOf(url, elsewhere string, opened *store.Store) changes.Options {
	if elsewhere == "" {
		return changes.Options{URL: url}
	}
	return changes.Options{
		URL: elsewhere, LogOpen: opened.LogOpen, FlushLog: opened.FlushLog,
		Source: func(ctx context.Context) (changes.Source, error) {
			s, err := opened.GraphSource(ctx)
			return changes.Source{
				System: s.System, Database: s.Database, Name: s.Name, WALLevel: s.WALLevel, IsStandby: s.IsStandby, MayLogOpen: s.MayLogOpen,
				Tables: map[string]uint32{changes.TableUsers: s.Users, changes.TableFollows: s.Follows, changes.TableStats: s.Counts},
			}, err
		},
	}
}
