// Package live has the changes of recent commits in memory, and finds what happened to a topic after a position.
//
// The [Hub] has a bounded log (log.go) of records, one for each change, and for each user the indexes of its records
// (user.go, list.go). A [Subscription] is a cursor in the log and a function that wakes its owner (wake.go). The owner then
// asks for everything between the cursor and the newest commit as one [Event] (event.go). So a slow reader takes no more
// memory than a fast one, and to resume is the same as to be slow.
package live

import (
	"errors"
	"sync"
	"time"

	"followgraph/internal/commit"
)

// Options configure a Hub.
type Options struct {
	MaxBytes int64 // the maximum memory of the log
}

// The errors of subscriptions.
var (
	// ErrGap is the error of a subscription whose changes after its cursor are not all known. The data has to be read
	// again, by a subscription that begins without a position.
	ErrGap = errors.New("changes after the position are no longer known")
	// ErrUnavailable is the error of Subscribe while the graph is not in memory.
	ErrUnavailable = errors.New("the graph is not in memory")
)

// Hub has the log and the subscriptions. It is safe for concurrent use.
type Hub struct {
	mu            sync.Mutex // not held while a subscription is woken
	log           history
	open          bool // whether subscriptions may begin
	wakeups       []wakeup
	waking        bool // whether a goroutine wakes subscriptions
	subscriptions int
	// ahead are subscriptions whose position is newer than the log, and whether Ends was called since they began.
	ahead       map[*Subscription]bool
	woken, gaps int64
}

// New returns a Hub without a log.
func New(opts Options) *Hub {
	return &Hub{log: history{maxBytes: opts.MaxBytes}, ahead: map[*Subscription]bool{}}
}

// Publish adds a commit, which is later than all others. It never waits for a subscriber. The first commit after New or
// Interrupt begins the log; its own changes are not in it.
func (h *Hub) Publish(c Commit) {
	h.mu.Lock()
	defer h.mu.Unlock()
	log := &h.log
	h.open = !c.Unserved
	switch {
	case !log.began:
		log.begin(c.Position, c.Version)
		return
	case c.Lost:
		log.begin(c.Position, c.Version)
		h.touchAll()
	default:
		log.head, log.version = c.Position, c.Version
		if len(c.Changes)+len(c.Accounts) > 0 {
			log.add(&c, h.touch)
		}
	}
	h.startWaking()
}

// Interrupt drops the log, because it will lack commits. All subscriptions end with ErrGap.
func (h *Hub) Interrupt() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open = false; h.log.began {
		h.log.end()
		h.touchAll()
		h.startWaking()
	}
}

// Ends takes the end of the database's log, which was asked for after the previous call. A subscription from before that
// call whose position is still beyond the end will never get there: it ends with ErrGap. Its position is of commits that
// the database has lost, or made up.
func (h *Hub) Ends(at commit.Position) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s, asked := range h.ahead {
		switch {
		case s.cursor <= h.log.head.LSN || s.log != h.log.number:
			delete(h.ahead, s)
		case !asked:
			h.ahead[s] = true
		case at.SameHistory(h.log.head) && s.cursor > at.LSN:
			delete(h.ahead, s)
			s.log = 0
			h.touch(s.members[0].user, account)
		}
	}
	h.startWaking()
}

// Status is the state of a Hub. The counters are totals since New.
type Status struct {
	Commits, Changes int           // in the log; commits without changes are not
	Span             time.Duration // from the oldest to the newest commit of the log
	Bytes            int64         // memory of the log
	Subscriptions    int
	Woken            int64 // how often a subscription was woken
	Gaps             int64 // how often ErrGap was returned
}

// Status returns the state.
func (h *Hub) Status() Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Status{
		Commits: h.log.commits.len(), Changes: h.log.records.len(), Span: h.log.span(), Bytes: h.log.bytes(),
		Subscriptions: h.subscriptions, Woken: h.woken, Gaps: h.gaps,
	}
}
