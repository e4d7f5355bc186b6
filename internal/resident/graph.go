package resident

import (
	"context"
	"fmt"
	"sync/atomic"

	"followgraph/internal/changes"
)

// Graph is the graph in memory at the newest commit that was applied. It has one writer. Version may be called at any
// time.
type Graph struct {
	version atomic.Pointer[Version]
	writer  *writer
	open    *editor // of a transaction whose last part is not yet applied

	openBytes atomic.Int64 // the memory of what open has made
	openFull  atomic.Bool  // whether open exceeds a bound
	touched   touched      // by the last transaction
}

// touched is which accounts a transaction has changed.
type touched struct {
	ids []string
	all bool
}

// ChangedAccounts returns the Cognito ids of the accounts that the last transaction has changed or deleted. all reports
// that all were deleted at once.
func (g *Graph) ChangedAccounts() (cognitoIDs []string, all bool) {
	return g.touched.ids, g.touched.all
}

// Folder sets the search keys of users. A changes.Stream is one.
type Folder interface {
	Fold(ctx context.Context, users []*changes.User) error
}

// Version returns the newest version.
func (g *Graph) Version() *Version { return g.version.Load() }

// Load reads a stream's snapshot.
func Load(ctx context.Context, s *changes.Stream) (*Graph, error) {
	b := NewBuilder()
	if err := s.Load(ctx, b.Sink()); err != nil {
		return nil, err
	}
	return b.Graph(s.Position()), nil
}

// Apply makes the next version out of a transaction and publishes it, unless more parts of the transaction follow. It
// completes the users of t. It asks fold for the search keys of the users whose names are new. After an error the graph
// must be loaded again.
func (g *Graph) Apply(ctx context.Context, t *changes.Transaction, fold Folder) error {
	e := g.open
	if e == nil {
		if len(t.Changes) == 0 && !t.More {
			next := *g.version.Load()
			next.position = t.Position
			g.version.Store(&next)
			g.touched = touched{}
			return nil
		}
		e = newEditor(g.version.Load(), g.writer)
	}
	if err := e.complete(ctx, t, fold); err != nil {
		return err
	}
	for i := range t.Changes {
		e.apply(&t.Changes[i])
	}
	if t.More {
		g.open = e
		g.openBytes.Store(e.made())
		g.openFull.Store(e.next.isFull())
		return nil
	}
	g.open, g.touched = nil, e.accounts
	g.version.Store(e.finish(t.Position))
	g.openBytes.Store(0)
	g.openFull.Store(false)
	return nil
}

// complete gives the users of a transaction the columns that an update left as they were, and their search keys.
func (e *editor) complete(ctx context.Context, t *changes.Transaction, fold Folder) error {
	newest := map[int64]*changes.User{} // of this transaction
	var renamed []*changes.User
	waiting := map[*changes.User]*changes.User{} // users whose keys are those of another user of this transaction
	for i := range t.Changes {
		c := &t.Changes[i]
		if c.User == nil || c.Kind == changes.Delete {
			continue
		}
		var before *changes.User
		inside := false
		if c.Kind == changes.Update {
			if before, inside = newest[c.OldUserID]; !inside {
				before = e.user(c.OldUserID)
			}
		}
		if before != nil {
			c.User.Complete(before)
		}
		switch {
		case c.User.Unchanged != 0:
			return fmt.Errorf("users.id %d was updated and is not in the graph", c.User.ID)
		case before == nil || !sameNames(before, c.User):
			renamed = append(renamed, c.User)
		case inside:
			waiting[c.User] = before
		default:
			c.User.Keys = before.Keys
		}
		newest[c.User.ID] = c.User
	}
	if len(renamed) == 0 {
		return nil
	}
	if err := fold.Fold(ctx, renamed); err != nil {
		return err
	}
	for i := range t.Changes { // in their order: one may wait for another one that waits
		if before, ok := waiting[t.Changes[i].User]; ok {
			t.Changes[i].User.Keys = before.Keys
		}
	}
	return nil
}

// user returns the row of an account, nil if there is none.
func (e *editor) user(id int64) *changes.User {
	row, ok := e.byID.Get(&userRow{id: id})
	if !ok {
		return nil
	}
	u := &changes.User{ID: id, CognitoID: row.cognitoID(), Username: row.username(), Keys: row.keys.keys()}
	if row.hasFirstname {
		u.Firstname = new(row.firstname())
	}
	if row.hasLastname {
		u.Lastname = new(row.lastname())
	}
	if row.hasAvatar {
		u.Avatar = new(row.avatar())
	}
	return u
}

func sameNames(a, b *changes.User) bool {
	return a.Username == b.Username && sameText(a.Firstname, b.Firstname) && sameText(a.Lastname, b.Lastname)
}

func sameText(a, b *string) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// apply applies the change of one row.
func (e *editor) apply(c *changes.Change) {
	switch c.Table {
	case changes.TableUsers:
		e.applyUser(c)
	case changes.TableFollows:
		switch c.Kind {
		case changes.Truncate:
			e.dropAllFollows()
		case changes.Delete:
			e.dropFollow(c.Follow)
		case changes.Update:
			e.dropFollow(c.OldFollow)
			e.putFollow(c.Follow)
		default:
			e.putFollow(c.Follow)
		}
	case changes.TableStats:
		e.applyCounts(c)
	}
}

func (e *editor) applyUser(c *changes.Change) {
	switch c.Kind {
	case changes.Truncate:
		e.dropAllUsers()
	case changes.Delete:
		e.dropUser(c.User.ID)
	default:
		if c.Kind == changes.Update && c.OldUserID != c.User.ID {
			e.dropUser(c.OldUserID)
		}
		e.putUser(c.User)
	}
}

func (e *editor) applyCounts(c *changes.Change) {
	switch c.Kind {
	case changes.Truncate:
		e.dropAllCounts()
	case changes.Delete:
		e.dropCounts(c.Stats.UserID)
	default:
		if c.Kind == changes.Update && c.OldStatsID != c.Stats.UserID {
			e.dropCounts(c.OldStatsID)
		}
		e.putCounts(c.Stats.UserID, c.Stats.UpdatedAt)
	}
}
