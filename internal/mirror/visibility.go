package mirror

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"followgraph/internal/commit"
	"followgraph/internal/live"
	"followgraph/internal/resident"
)

// visibility holds a version back until the snapshots of the database see its commits. The stream has a commit as soon
// as it is flushed. PostgreSQL shows it to other sessions only afterwards, with a synchronous standby much later, and not
// in the order of the log. A client that has read the commit from memory would not find it in an answer of SQL.
//
// An instance asks for a snapshot after each of its own writes. For the commits of others it asks when it holds one back.
type visibility struct {
	mu      sync.Mutex
	ctx     context.Context // of the stream
	current *resident.Version
	held    []heldVersion // in the order of their commits
	// heldChanges is the number of changes of held that are kept for subscriptions.
	heldChanges int
	seen        commit.Snapshot
	asking      bool
	hurry       chan struct{} // has an element if an operation waits
	target      commit.Position
	asked       time.Time // when target was asked for
	serving     bool
	verify      verification
}

type heldVersion struct {
	version  *resident.Version
	xid      uint32 // 0 for one that changes nothing
	changes  int
	commitAt time.Time
	accounts []string // that it has changed
	all      bool     // whether it has deleted all accounts
	live     live.Commit
}

var errInvisible = errors.New("too many commits are not visible to SQL yet: does a synchronous standby answer?")

// The pauses before the database is asked for a snapshot because of held versions. The first one gives the question of
// the instance that wrote the commit time to arrive.
const (
	firstVisiblePause = time.Millisecond
	lastVisiblePause  = 50 * time.Millisecond
)

// startHolding begins with the first version of a graph. It is served once its successors have reached target. verify
// has the stream if that must be verified.
func (m *Mirror) startHolding(ctx context.Context, first *resident.Version, target commit.Position, asked time.Time, verify verification) {
	v := &m.visibility
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ctx, v.current, v.held, v.heldChanges, v.target, v.asked, v.serving = ctx, first, nil, 0, target, asked, false
	v.verify = verify
	m.serveCurrent()
	if m.opts.Live != nil {
		// From the snapshot on, so that a client that comes from another instance can continue here as soon as possible.
		m.opts.Live.Interrupt()
		m.opts.Live.Publish(live.Commit{Position: first.Position(), Version: first, Unserved: !v.serving})
	}
}

// stopHolding makes SQL answer, and reports whether memory has answered.
func (m *Mirror) stopHolding() bool {
	v := &m.visibility
	v.mu.Lock()
	defer v.mu.Unlock()
	v.current, v.held, v.heldChanges, v.serving = nil, nil, 0, false
	if m.opts.Live != nil {
		m.opts.Live.Interrupt()
	}
	return m.served.Swap(nil) != nil
}

// serveCurrent makes memory answer once the current version has reached the target. The caller holds visibility.mu.
func (m *Mirror) serveCurrent() {
	v := &m.visibility
	if !v.serving && reached(v.current, v.target) {
		v.serving = true
		m.confirmed.Store(v.asked.UnixNano())
		m.gaveUp.Store(0)
		m.forgetAccounts(nil) // that were read by SQL before: their changes up to this version were not seen
		m.opts.Log.Info("memory answers", "position", v.current.Position().String())
	}
	if v.serving {
		m.served.Store(v.current)
	}
}

// hold takes the version of a transaction, and shows it if it may be seen. The error is errInvisible if too many are held.
func (m *Mirror) hold(h heldVersion) error {
	v := &m.visibility
	v.mu.Lock()
	defer v.mu.Unlock()
	v.holdChanges(&h.live)
	v.held = append(v.held, h)
	v.verify.begun++
	m.show()
	if v.verify.stream != nil && !v.verify.running {
		v.verify.running = true
		go m.verifyHeld(v.ctx)
	}
	if v.isAnyUnseen() && !v.asking {
		v.asking = true
		go m.askWhileHolding(v.ctx)
	}
	if len(v.held) > keptVersions(m.opts.MaxMemory) {
		return errInvisible
	}
	return nil
}

// isAnyUnseen reports whether a version is held because SQL does not see its commit. The caller holds mu.
func (v *visibility) isAnyUnseen() bool {
	return slices.ContainsFunc(v.held, func(h heldVersion) bool { return h.xid != 0 && !v.seen.Sees(h.xid) })
}

// sees takes a newer snapshot, and the position with which the database has returned it. The transactions of another
// history have other numbers.
func (m *Mirror) sees(at commit.Position, snapshot commit.Snapshot) {
	v := &m.visibility
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.current != nil && !v.current.Position().SameHistory(at) {
		m.interrupt(errOtherServer)
		return
	}
	v.seen = snapshot
	m.show()
}

// show shows the held versions that may be seen. The caller holds visibility.mu.
func (m *Mirror) show() {
	v := &m.visibility
	n := 0
	for n < len(v.held) && v.verify.covers(n+1, len(v.held)) && (v.held[n].xid == 0 || v.seen.Sees(v.held[n].xid)) {
		n++
	}
	if n == 0 {
		return
	}
	shown := v.held[:n]
	v.current = shown[n-1].version
	m.serveCurrent()
	for _, h := range shown {
		// Before publish, so that the streams of ended tokens do not get the next event.
		if h.all {
			m.forgetAccounts(nil)
		} else if len(h.accounts) > 0 {
			m.forgetAccounts(h.accounts)
		}
		m.publish(&h)
		if h.changes > 0 {
			m.counts.transactions.Add(1)
			m.counts.delayNanos.Add(int64(max(0, time.Since(h.commitAt))))
		}
	}
	if v.held = v.held[n:]; len(v.held) == 0 {
		v.held = nil
	}
	lsn := v.current.Position().LSN
	if gaveUp := m.gaveUp.Load(); gaveUp != 0 && lsn >= gaveUp {
		m.gaveUp.CompareAndSwap(gaveUp, 0)
	}
	m.waiters.wake(lsn)
}

// askWhileHolding asks for snapshots as long as versions are held.
func (m *Mirror) askWhileHolding(ctx context.Context) {
	v := &m.visibility
	pause := time.NewTimer(firstVisiblePause)
	defer pause.Stop()
	var last *resident.Version
	for next := 2 * firstVisiblePause; ; next = min(2*next, lastVisiblePause) {
		select {
		case <-pause.C:
		case <-v.hurry:
		case <-ctx.Done():
		}
		v.mu.Lock()
		if !v.isAnyUnseen() || v.ctx != ctx || ctx.Err() != nil {
			v.asking = v.isAnyUnseen() && v.ctx != ctx && v.ctx.Err() == nil
			if v.asking {
				go m.askWhileHolding(v.ctx) //nolint:contextcheck // of the next stream
			}
			v.mu.Unlock()
			return
		}
		if v.current != last { // the last question has shown something: the next commits are not late
			last, next = v.current, firstVisiblePause
		}
		v.mu.Unlock()
		_, _ = m.position(ctx) // after an error, the next question may be answered
		pause.Reset(next)
	}
}

// hurryUp makes askWhileHolding ask now.
func (m *Mirror) hurryUp() {
	select {
	case m.visibility.hurry <- struct{}{}:
	default:
	}
}

// now returns the newest version that may be read, also before memory answers; nil without a graph.
func (m *Mirror) now() *resident.Version {
	v := &m.visibility
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.current
}
