package resident

import (
	"context"
	"sync/atomic"

	"followgraph/internal/changes"
)

// Graph is the graph in memory at the newest commit that was applied. It has one writer. Version may be called at any
// time.
type Graph struct {
	version atomic.Pointer[Version]
	edit    uint64
	byID    *userTree
}

// Version returns the newest version.
func (g *Graph) Version() *Version { return g.version.Load() }

// Load reads a stream's snapshot. foldASCII reports that the database's locale has lower case for A to Z alone.
func Load(ctx context.Context, s *changes.Stream, foldASCII bool) (*Graph, error) {
	b := NewBuilder(foldASCII)
	if err := s.Load(ctx, b.Sink()); err != nil {
		return nil, err
	}
	return b.Graph(s.Position()), nil
}

// Apply makes the next version out of a transaction, publishes it and returns it.
func (g *Graph) Apply(t *changes.Transaction) *Version {
	g.edit++
	e := newEditor(g.version.Load(), g.edit, g.byID)
	for i := range t.Changes {
		e.apply(&t.Changes[i])
	}
	next := e.finish(t.Position)
	g.version.Store(next)
	return next
}

// apply applies the change of one row. An update of a key is a delete and an insert, so rows may arrive in any order in
// which their unique indexes allow them.
func (e *editor) apply(c *changes.Change) {
	switch c.Table {
	case "users":
		switch c.Kind {
		case changes.Truncate:
			e.dropAllUsers()
		case changes.Delete:
			e.dropUser(c.User.ID)
		default:
			e.putUser(c.User)
		}
	case "user_follows":
		switch {
		case c.Kind == changes.Truncate:
			e.dropAllFollows()
		case c.Kind == changes.Delete:
			e.dropFollow(c.Follow)
		default:
			if c.OldFollow != nil {
				e.dropFollow(c.OldFollow)
			}
			e.putFollow(c.Follow)
		}
	case "user_follow_stats":
		switch c.Kind {
		case changes.Truncate:
			e.dropAllCounts()
		case changes.Delete:
			e.dropCounts(c.Stats.UserID)
		default:
			e.putCounts(c.Stats.UserID, c.Stats.UpdatedAt)
		}
	}
}
