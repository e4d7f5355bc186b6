package mirror

import (
	"context"
	"sync"
	"time"

	"followgraph/internal/commit"
	"followgraph/internal/limit"
)

// asker asks the database for its position. Callers share an answer, but only to a question that was sent after their
// call: an earlier one would not know of their commits.
type asker struct {
	ask  func(context.Context) (commit.Position, commit.Snapshot, error)
	sees func(commit.Position, commit.Snapshot) // takes the answers, in their order
	turn limit.Mutex                            // held while a question is sent

	mu   sync.Mutex
	next *question // the question that is not sent yet; nil if there is none
}

func newAsker(ask func(context.Context) (commit.Position, commit.Snapshot, error), sees func(commit.Position, commit.Snapshot)) *asker {
	return &asker{ask: ask, sees: sees, turn: limit.NewMutex()}
}

type question struct {
	answered chan struct{}
	at       commit.Position
	err      error
}

// askTimeout is the time limit of one question.
const askTimeout = 2 * time.Second

func (a *asker) position(ctx context.Context) (commit.Position, error) {
	a.mu.Lock()
	if a.next == nil {
		a.next = &question{answered: make(chan struct{})}
	}
	mine := a.next
	a.mu.Unlock()
	select {
	case <-mine.answered:
	case <-ctx.Done():
		return commit.Position{}, ctx.Err()
	case a.turn <- struct{}{}:
		a.send(mine) //nolint:contextcheck // others share the answer
		a.turn.Unlock()
	}
	return mine.at, mine.err
}

// send sends a question, unless another caller has done so. The caller has the turn.
func (a *asker) send(q *question) {
	a.mu.Lock()
	mine := a.next == q
	if mine {
		a.next = nil
	}
	a.mu.Unlock()
	if !mine {
		return // another caller had the turn, and has answered it
	}
	// Not the context of the caller: others share the answer, and the statement belongs to no operation.
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	var snapshot commit.Snapshot
	if q.at, snapshot, q.err = a.ask(ctx); q.err == nil {
		a.sees(q.at, snapshot)
	}
	close(q.answered)
}
