package app

import (
	"context"
	"errors"
	"sync"

	"followgraph/internal/limit"
	"followgraph/internal/mirror"
	"followgraph/internal/store"
)

var errNoStream = errors.New("this instance does not read the stream of commits")

// startSharing sends the counted attempts to the other instances until ctx ends or stop is called. Without the graph in
// memory each instance counts for itself.
func startSharing(ctx context.Context, attempts *limit.Attempts, m *mirror.Mirror, opened *store.Store) (stop func()) {
	if m == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		attempts.Share(ctx, func(ctx context.Context, message []byte) error {
			if !m.Follows() { // the others have no stream either, or no time for it
				return errNoStream
			}
			return opened.EmitAttempts(ctx, message)
		})
	})
	return func() { cancel(); running.Wait() }
}

// observeAttempts reports the messages about attempts.
func (o *observation) observeAttempts(attempts *limit.Attempts) {
	if o.metrics == nil {
		return
	}
	const messages = "Messages about attempts that instances send to each other, by what happened to them."
	for event, of := range map[string]func(limit.SharingCounts) int64{
		"sent":     func(c limit.SharingCounts) int64 { return c.Sent },
		"received": func(c limit.SharingCounts) int64 { return c.Received },
		"ignored":  func(c limit.SharingCounts) int64 { return c.Ignored },
	} {
		o.metrics.Counter("attempt_messages_total", messages, map[string]string{"event": event}, func() float64 { return float64(of(attempts.Sharing())) })
	}
	o.metrics.Counter("attempts_not_shared_total", "Limits whose attempts count on this instance only, because a message could not be sent.", nil,
		func() float64 { return float64(attempts.Sharing().Lost) })
}
