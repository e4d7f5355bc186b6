package mirror

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"followgraph/internal/commit"
)

// ownWrites are the positions of the last write of each caller on this instance, so that a caller without the header of
// positions reads these writes from a standby too. An entry is kept until each standby that may answer has the write.
type ownWrites struct {
	keep time.Duration // longer than the lag of a standby that may answer

	mu      sync.Mutex
	entries *simplelru.LRU[string, ownWrite] // the caller that wrote last is the newest
	floor   ownWrite                         // of the entries that were evicted too early: it counts for all callers
}

// ownWrite is the position of a write. If it is unknown, only the primary is known to have the write.
type ownWrite struct {
	at      commit.Position
	unknown bool
	time    time.Time // not before the commit
}

// ownWritesMargin is added to the lag of a standby that may answer.
const ownWritesMargin = 2 * time.Second

// maxOwnWrites bounds the entries, which take about 250 bytes each.
const maxOwnWrites = 100_000

func newOwnWrites(keep time.Duration, most int) *ownWrites {
	entries, err := simplelru.NewLRU[string, ownWrite](most, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &ownWrites{keep: keep, entries: entries}
}

// add records a write of a caller. asOf is when the primary was last asked for its position: the lag of a standby is
// measured from then, so while the primary is away, nothing expires.
func (o *ownWrites) add(caller string, write ownWrite, asOf time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		oldest, entry, ok := o.entries.GetOldest()
		if !ok || asOf.Sub(entry.time) < o.keep {
			break
		}
		o.entries.Remove(oldest)
	}
	if last, ok := o.entries.Peek(caller); ok {
		write.at, write.unknown = later(last.at, write.at), write.unknown || last.unknown
	}
	_, oldest, _ := o.entries.GetOldest()
	if evicted := o.entries.Add(caller, write); evicted {
		o.raise(oldest, asOf)
	}
}

// raise makes the position of an evicted entry count for all callers. The caller holds o.mu.
func (o *ownWrites) raise(evicted ownWrite, asOf time.Time) {
	if asOf.Sub(o.floor.time) >= o.keep {
		o.floor = evicted
		return
	}
	evicted.at, evicted.unknown = later(o.floor.at, evicted.at), evicted.unknown || o.floor.unknown
	o.floor = evicted
}

// need returns the position that a read of a caller needs because of earlier writes; zero if there is none. ok is false
// if it is unknown. asOf is that of add.
func (o *ownWrites) need(caller string, asOf time.Time) (at commit.Position, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	ok = true
	use := func(w ownWrite) {
		if w.time.IsZero() || asOf.Sub(w.time) >= o.keep {
			return
		}
		ok = ok && !w.unknown
		at = later(at, w.at)
	}
	use(o.floor)
	if caller != "" {
		if entry, found := o.entries.Peek(caller); found {
			use(entry)
		}
	}
	return at, ok
}

// later returns the later one of two positions, either of which may be zero. Of two histories, the second position is
// the one of the present.
func later(a, b commit.Position) commit.Position {
	if b.IsZero() {
		return a
	}
	if order, ok := a.Compare(b); ok && order > 0 {
		return a
	}
	return b
}
