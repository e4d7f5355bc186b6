package live

import (
	"slices"
	"sort"

	"followgraph/internal/commit"
)

// oracle finds events by reading all commits.
type oracle struct{ commits []Commit }

// touches returns what a commit changed of a topic.
func touches(topic Topic, c *Commit) (users []string, changes []Change) {
	changed := map[string]bool{}
	for _, change := range c.Changes {
		switch topic.Kind {
		case Stats:
			changed[change.Follower], changed[change.Following] = true, true
		case Relations:
			if change.Follower == topic.Viewer {
				changed[change.Following] = true
			}
			if change.Following == topic.Viewer {
				changed[change.Follower] = true
			}
		case Followers:
			if change.Following == topic.Users[0] {
				changes = append(changes, change)
			}
		case Gained:
			if change.Following == topic.Viewer && change.Added {
				changes = append(changes, change)
			}
		}
	}
	for _, id := range c.Accounts {
		changed[id] = true
	}
	for _, id := range topic.Users {
		if changed[id] {
			users = append(users, id)
		}
	}
	return users, changes
}

// next returns the event after a cursor; nil if there is none. tooLarge reports that its first commit has more changes
// than an event.
func (o *oracle) next(topic Topic, cursor uint64, head commit.Position) (e *Event, tooLarge bool) {
	for i := o.after(cursor); i < len(o.commits); i++ {
		c := &o.commits[i]
		users, changes := touches(topic, c)
		switch {
		case len(users)+len(changes) == 0:
			continue
		case e == nil && len(changes) > MaxCommitChanges:
			return nil, true
		case e == nil:
			e = &Event{First: c.Position.LSN, CommittedAt: c.At}
		case topic.Kind != Stats && topic.Kind != Relations &&
			(len(e.Changes) >= MaxChanges || len(changes) > 0 && len(e.Changes)+len(changes) > MaxChanges):
			e.More = true
			e.Position = o.at(e.Last)
			return e, false
		}
		e.Last, e.Position = c.Position.LSN, head
		e.Users = slices.Compact(slices.Sorted(slices.Values(append(e.Users, users...))))
		e.Changes = append(e.Changes, changes...)
	}
	return e, false
}

// hits reports whether a commit in (after, upTo] touches a topic.
func (o *oracle) hits(topic Topic, after, upTo uint64) bool {
	for i := o.after(after); i < o.after(upTo); i++ {
		if users, changes := touches(topic, &o.commits[i]); len(users)+len(changes) > 0 {
			return true
		}
	}
	return false
}

// after returns the index of the first commit after an LSN.
func (o *oracle) after(lsn uint64) int {
	return sort.Search(len(o.commits), func(i int) bool { return o.commits[i].Position.LSN > lsn })
}

func (o *oracle) at(lsn uint64) commit.Position {
	p := o.commits[0].Position
	p.LSN = lsn
	return p
}
