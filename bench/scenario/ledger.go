package scenario

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"followgraph/internal/globalid"
)

// follow is a pair of users, by their Cognito ids.
type follow struct{ follower, following string }

// ledger is what writers know of the follows that they have written. Each follow belongs to one writer.
type ledger struct {
	mu           sync.Mutex
	exists       map[follow]bool // the last acknowledged state
	unknown      map[follow]bool // follows whose last write was not answered: both states are right
	acknowledged int
	unanswered   int
	unexpected   []string // errors that are no outage
}

func newLedger() *ledger {
	return &ledger{exists: map[follow]bool{}, unknown: map[follow]bool{}}
}

// record records a write that was answered, or that failed.
func (l *ledger) record(f follow, exists bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.acknowledged++
		l.exists[f] = exists
		return
	}
	l.unanswered++
	l.unknown[f] = true
	if !isOutage(err) {
		l.unexpected = append(l.unexpected, err.Error())
	}
}

// lost returns the acknowledged follows and unfollows that the database does not have.
func (l *ledger) lost(ctx context.Context, p *Postgres) ([]string, error) {
	stored, err := query[string](ctx, p, "SELECT follower_id || ' ' || following_id FROM user_follows")
	if err != nil {
		return nil, err
	}
	has := make(map[follow]bool, len(stored))
	for _, text := range stored {
		follower, following, _ := strings.Cut(text, " ")
		has[follow{follower, following}] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var lost []string
	for f, exists := range l.exists {
		if has[f] != exists && !l.unknown[f] {
			lost = append(lost, fmt.Sprintf("%s follows %s: acknowledged %t, stored %t", f.follower, f.following, exists, has[f]))
		}
	}
	return lost, nil
}

// writer follows and unfollows, and records what is acknowledged.
type writer struct {
	world   *World
	ledger  *ledger
	number  int // of the writer
	writers int
	random  *rand.Rand
	choose  func() *Instance
}

// run writes until ctx ends. A follow with an unknown state is not written again: the lost statement could still take
// effect after the next one.
func (w *writer) run(ctx context.Context) {
	var known []follow // that exist
	for ctx.Err() == nil {
		f, start := follow{}, len(known) < 50 || w.random.IntN(3) > 0
		if start {
			f = w.draw()
		} else {
			at := w.random.IntN(len(known))
			f, known[at] = known[at], known[len(known)-1]
			known = known[:len(known)-1]
		}
		_, err := w.choose().follow(ctx, f.follower, globalid.User(f.following), start)
		w.ledger.record(f, start, err)
		switch {
		case err != nil:
			_ = pause(ctx, time.After(poll))
		case start:
			known = append(known, f)
		}
	}
}

// draw returns a follow that was not written before. The followers of different writers are different users.
func (w *writer) draw() follow {
	users := w.world.users
	for {
		f := follow{users[w.number+w.random.IntN(len(users)/w.writers)*w.writers], users[w.random.IntN(len(users))]}
		if f.follower != f.following && !w.isWritten(f) {
			return f
		}
	}
}

func (w *writer) isWritten(f follow) bool {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	_, known := w.ledger.exists[f]
	return known || w.ledger.unknown[f]
}
