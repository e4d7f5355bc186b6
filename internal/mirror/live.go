package mirror

import (
	"slices"

	"followgraph/internal/changes"
	"followgraph/internal/live"
	"followgraph/internal/resident"
)

// The bounds of the changes that are kept for subscriptions. A change takes about 200 bytes. If there are more, the
// commit is published as one whose changes are lost.
const (
	maxCommitChanges = 100_000 // of one commit
	maxHeldChanges   = 200_000 // of all commits that are held back
)

// collector collects what one transaction changes, for subscriptions. Its parts may come one after the other.
type collector struct {
	before   *resident.Version // nil between transactions
	changes  []live.Change
	accounts []string // ids that may have got or lost an account
	lost     bool
}

// begin begins a transaction, unless it has begun. Without it, the collector does nothing.
func (c *collector) begin(before *resident.Version) {
	if c.before == nil {
		c.before = before
	}
}

// add adds a part of the transaction. The graph has applied it: its users are complete.
func (c *collector) add(t *changes.Transaction) {
	if c.before == nil {
		return
	}
	for i := range t.Changes {
		if c.lost = c.lost || len(c.changes)+len(c.accounts) > maxCommitChanges; c.lost {
			c.changes, c.accounts = nil, nil
			return
		}
		switch change := &t.Changes[i]; change.Table {
		case changes.TableFollows:
			c.addFollow(change)
		case changes.TableUsers:
			switch change.Kind {
			case changes.Truncate:
				c.lost = true
			case changes.Insert, changes.Update:
				c.accounts = append(c.accounts, change.User.CognitoID)
			}
		}
	}
}

func (c *collector) addFollow(change *changes.Change) {
	switch change.Kind {
	case changes.Truncate:
		c.lost = true
		return
	case changes.Delete:
		c.changes = append(c.changes, liveChange(change.Follow, false))
		return
	case changes.Update:
		if *change.OldFollow == *change.Follow {
			return
		}
		c.changes = append(c.changes, liveChange(change.OldFollow, false))
	}
	c.changes = append(c.changes, liveChange(change.Follow, true))
}

func liveChange(f *changes.Follow, added bool) live.Change {
	return live.Change{Follower: f.FollowerID, Following: f.FollowingID, StartedAt: f.CreatedAt, ID: f.ID, Added: added}
}

// end ends the transaction. touched are the accounts that it has changed or deleted.
func (c *collector) end(after *resident.Version, t *changes.Transaction, touched []string) live.Commit {
	if c.before == nil {
		return live.Commit{}
	}
	done := live.Commit{Position: t.Position, Version: after, At: t.CommitAt, Changes: c.changes, Lost: c.lost}
	if !c.lost {
		accounts := slices.Compact(slices.Sorted(slices.Values(append(c.accounts, touched...))))
		done.Accounts = slices.DeleteFunc(accounts, func(id string) bool { return hasAccount(c.before, id) == hasAccount(after, id) })
	}
	if len(done.Changes)+len(done.Accounts) > maxCommitChanges || done.Lost {
		done.Changes, done.Accounts, done.Lost = nil, nil, true
	}
	*c = collector{}
	return done
}

func hasAccount(v *resident.Version, cognitoID string) bool {
	_, _, ok := v.TokenVersion(cognitoID)
	return ok
}

// holdChanges bounds the changes of the commits that are held back. The caller holds visibility.mu.
func (v *visibility) holdChanges(c *live.Commit) {
	if v.heldChanges+len(c.Changes)+len(c.Accounts) > maxHeldChanges {
		c.Changes, c.Accounts, c.Lost = nil, nil, true
	}
	v.heldChanges += len(c.Changes) + len(c.Accounts)
}

// publish gives the commit of a version that is shown to the subscriptions. The caller holds visibility.mu.
func (m *Mirror) publish(h *heldVersion) {
	m.visibility.heldChanges -= len(h.live.Changes) + len(h.live.Accounts)
	if m.opts.Live != nil {
		h.live.Unserved = !m.visibility.serving
		m.opts.Live.Publish(h.live)
	}
}
