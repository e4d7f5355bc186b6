// Package resident holds the graph in memory.
package resident

import (
	"context"
	"slices"
	"sync/atomic"

	"followgraph/internal/changes"
	"followgraph/internal/model"
)

// Graph is the graph in memory, at the newest commit that was read.
type Graph struct {
	version atomic.Pointer[Version]
	edits   uint64
	rows    map[int64]uint32 // users.id to number, for deletes
}

// Version returns the newest version.
func (g *Graph) Version() *Version { return g.version.Load() }

func newAccount(u changes.User) *account {
	a := &account{rowID: u.ID, tokenVersion: u.TokenVersion}
	a.User = model.User{
		CognitoID: u.CognitoID, Username: u.Username, Firstname: u.Firstname, Lastname: u.Lastname, Avatar: u.Avatar,
		Role: model.UserRole(u.Role), CreatedAt: u.CreatedAt.Time(), UpdatedAt: u.UpdatedAt.Time(),
	}
	return a
}

type loaded struct {
	follower, following uint32
	made                entry
}

// Load reads a stream's snapshot.
func Load(ctx context.Context, s *changes.Stream) (*Graph, error) {
	g := &Graph{rows: map[int64]uint32{}, edits: 1}
	e := edit(&Version{names: newNames()}, g.edits)
	var follows []loaded
	err := s.Load(ctx, changes.Sink{
		User: func(u changes.User) error {
			number := e.next.names.add(u.CognitoID)
			a := newAccount(u)
			n := e.node(number)
			a.CognitoID = n.id
			n.account = a
			g.rows[u.ID] = number
			return nil
		},
		Follow: func(f changes.FollowRow) error {
			follows = append(follows, loaded{e.next.names.add(string(f.FollowerID)), e.next.names.add(string(f.FollowingID)), newEntry(0, f.CreatedAt, f.ID)})
			return nil
		},
		Stats: func(st changes.Stats) error {
			n := e.node(e.next.names.add(st.UserID))
			if n.account != nil {
				at := st.UpdatedAt.Time()
				n.account.stats.UpdatedAt = &at
			}
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	e.fill(follows)
	e.next.LSN = s.Position().LSN
	g.version.Store(&e.next)
	return g, nil
}

// fill builds all lists.
func (e *editor) fill(follows []loaded) {
	n := e.next.names.n
	for _, side := range []bool{true, false} {
		counts := make([]uint32, n+1)
		owner := func(f loaded) uint32 {
			if side {
				return f.follower
			}
			return f.following
		}
		for _, f := range follows {
			counts[owner(f)+1]++
		}
		for i := range n {
			counts[i+1] += counts[i]
		}
		all := make([]entry, len(follows))
		next := slices.Clone(counts)
		for _, f := range follows {
			made := f.made
			made.other = f.following
			if !side {
				made.other = f.follower
			}
			o := owner(f)
			all[next[o]] = made
			next[o]++
		}
		for i := range n {
			entries := all[counts[i]:counts[i+1]]
			if len(entries) == 0 {
				continue
			}
			slices.SortFunc(entries, byTime)
			node := e.node(uint32(i))
			if side {
				node.following = build(slices.Clone(entries), byTime)
				if node.following.long != nil {
					node.buildIndex()
				}
			} else {
				node.followers = build(slices.Clone(entries), byTime)
			}
		}
	}
	for i := range n {
		e.node(uint32(i)).counted()
	}
}

// Follow applies transactions until the stream ends.
func (g *Graph) Follow(ctx context.Context, s *changes.Stream) error {
	for {
		t, err := s.Next(ctx)
		if err != nil {
			return err
		}
		g.apply(t)
	}
}

func (g *Graph) apply(t *changes.Transaction) {
	g.edits++
	e := edit(g.version.Load(), g.edits)
	for _, c := range t.Changes {
		switch {
		case c.Follow != nil && c.Kind == changes.Insert:
			e.follow(c.Follow.FollowerID, c.Follow.FollowingID, newEntry(0, c.Follow.CreatedAt, c.Follow.ID))
		case c.Follow != nil && c.Kind == changes.Delete:
			e.unfollow(c.Follow.FollowerID, c.Follow.FollowingID, newEntry(0, c.Follow.CreatedAt, c.Follow.ID))
		case c.User != nil && c.Kind != changes.Delete:
			n := e.node(e.next.names.add(c.User.CognitoID))
			a := newAccount(*c.User)
			a.CognitoID = n.id
			if n.account != nil {
				a.stats.UpdatedAt = n.account.stats.UpdatedAt
			}
			n.account = a
			n.counted()
			g.rows[c.User.ID] = e.next.names.add(c.User.CognitoID)
		case c.User != nil:
			e.node(g.rows[c.User.ID]).account = nil
			delete(g.rows, c.User.ID)
		case c.Stats != nil && c.Kind != changes.Delete:
			n := e.node(e.next.names.add(c.Stats.UserID))
			if n.account != nil {
				n.counted()
				at := c.Stats.UpdatedAt.Time()
				n.account.stats.UpdatedAt = &at
			}
		}
	}
	e.next.LSN = t.Position.LSN
	g.version.Store(&e.next)
}
