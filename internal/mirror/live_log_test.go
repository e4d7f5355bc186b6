package mirror

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/live"
	"followgraph/internal/resident"
)

// TestTheLogBeginsWithTheSnapshot serves a graph some commits after its snapshot. A client of another instance that was
// there when the snapshot was taken continues without a gap.
func TestTheLogBeginsWithTheSnapshot(t *testing.T) {
	t.Parallel()
	hub := live.New(live.Options{MaxBytes: testHistory})
	m := &Mirror{opts: Options{Live: hub, Log: slog.New(slog.DiscardHandler)}}
	at := func(lsn uint64) (commit.Position, *resident.Version) {
		p := commit.Position{System: 1, Timeline: 1, LSN: lsn}
		return p, resident.NewBuilder().Graph(p).Version()
	}
	snapshot, first := at(10)
	target, _ := at(13)
	m.startHolding(t.Context(), first, target, time.Now(), verification{})
	for lsn := uint64(11); lsn < 15; lsn++ {
		p, version := at(lsn)
		_, err := hub.Subscribe(followersOf("n0"), snapshot, func() {})
		if lsn <= target.LSN {
			require.ErrorIs(t, err, live.ErrUnavailable)
		} else {
			require.NoError(t, err)
		}
		change := live.Change{Follower: fmt.Sprint("n", lsn), Following: "n0", Added: true}
		require.NoError(t, m.hold(heldVersion{version: version, live: live.Commit{Position: p, Version: version, Changes: []live.Change{change}}}))
		require.Zero(t, m.visibility.heldChanges)
	}
	require.Equal(t, []string{"+n11>n0", "+n12>n0", "+n13>n0", "+n14>n0"}, described(subscribe(t, hub, followersOf("n0"), snapshot).must().Changes))
	m.startHolding(t.Context(), first, target, time.Now(), verification{})
	_, err := hub.Subscribe(followersOf("n0"), snapshot, func() {})
	require.ErrorIs(t, err, live.ErrUnavailable)
}

// TestHeldChangesAreBounded holds commits back that SQL does not see: the changes of the later ones are lost.
func TestHeldChangesAreBounded(t *testing.T) {
	t.Parallel()
	var v visibility
	for n := range 3 {
		c := live.Commit{Changes: make([]live.Change, maxHeldChanges/2)}
		v.holdChanges(&c)
		require.Equal(t, n == 2, c.Lost)
		require.Equal(t, n == 2, c.Changes == nil)
	}
	require.Equal(t, maxHeldChanges, v.heldChanges)
}

// TestCollectorIsBounded adds parts of a transaction of any size.
func TestCollectorIsBounded(t *testing.T) {
	t.Parallel()
	part := &changes.Transaction{More: true}
	for n := range 1000 {
		part.Changes = append(part.Changes, changes.Change{Kind: changes.Insert, Table: changes.TableFollows, Follow: &changes.Follow{ID: int64(n)}})
	}
	var c collector
	c.begin(resident.NewBuilder().Graph(commit.Position{}).Version())
	for range 2 * maxCommitChanges / len(part.Changes) {
		c.add(part)
		require.LessOrEqual(t, len(c.changes), maxCommitChanges+1)
	}
	done := c.end(resident.NewBuilder().Graph(commit.Position{}).Version(), &changes.Transaction{}, nil)
	require.True(t, done.Lost)
	require.Empty(t, done.Changes)
	require.Empty(t, c)
}
