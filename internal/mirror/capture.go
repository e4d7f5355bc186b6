package mirror

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"followgraph/internal/commit"
	"followgraph/internal/resident"
)

// captures keeps versions for Capture.
type captures struct {
	one  sync.Mutex // held by Capture
	most int        // versions

	keeping  atomic.Bool // set with mu held; read without it where nothing is kept
	mu       sync.Mutex
	versions []*resident.Version
}

// The bounds of keptVersions. A version keeps what the next one has replaced, about versionBytes.
const (
	leastKept    = 1_000
	mostKept     = 100_000
	versionBytes = 16 << 10
)

// keptVersions returns how many versions Capture may keep, and how many may be held because SQL does not see their
// commits: each of the two takes at most a quarter of the graph's memory.
func keptVersions(maxMemory int64) int {
	return int(min(max(maxMemory/4/versionBytes, leastKept), mostKept))
}

func (c *captures) add(v *resident.Version) {
	if !c.keeping.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keeping.Load() && len(c.versions) < c.most { // it may have ended before the lock
		c.versions = append(c.versions, v)
	}
}

// keep begins to keep versions, or ends it and drops them.
func (c *captures) keep(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keeping.Store(on)
	c.versions = nil
}

// The errors of Capture.
var (
	ErrNotInMemory = errors.New("the graph is not in memory: SQL answers")
	ErrBusy        = errors.New("another capture is running")
	ErrCaptureLost = errors.New("the graph was loaded again, or had too many commits, during the capture: try again")
)

// Capture returns the version at the position that take returns. It keeps all versions from before it calls take, so
// take can create a snapshot of the database whose position it does not know before. Only one Capture runs at a time.
func (m *Mirror) Capture(ctx context.Context, take func(context.Context) (commit.Position, error)) (*resident.Version, error) {
	c := &m.captures
	if !c.one.TryLock() {
		return nil, ErrBusy
	}
	defer c.one.Unlock()
	graph := m.following.Load()
	if graph == nil || m.served.Load() == nil {
		return nil, ErrNotInMemory
	}
	c.keep(true)
	defer c.keep(false)
	c.add(graph.Version()) // after versions are kept, so that there is no gap
	at, err := take(ctx)
	if err != nil {
		return nil, err
	}
	one := m.waiters.add(at.LSN)
	defer m.waiters.remove(one)
	if !reached(graph.Version(), at) {
		select {
		case <-one.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if m.following.Load() != graph || !reached(graph.Version(), at) {
		return nil, ErrCaptureLost
	}
	c.add(graph.Version())
	return c.at(at)
}

// at returns the last version up to a position.
func (c *captures) at(at commit.Position) (*resident.Version, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found *resident.Version
	for _, v := range c.versions {
		order, ok := v.Position().Compare(at)
		if !ok {
			return nil, ErrCaptureLost
		}
		if order <= 0 && (found == nil || v.Position().LSN > found.Position().LSN) {
			found = v
		}
	}
	if found == nil || len(c.versions) >= c.most {
		return nil, ErrCaptureLost
	}
	return found, nil
}
