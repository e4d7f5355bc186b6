// Package live has the changes of recent commits, and finds what happened to a topic after a position.
package live

import (
	"errors"

	"followgraph/internal/commit"
)

// Options configure a Hub.
type Options struct {
	// MaxBytes is the maximum memory of the log.
	MaxBytes int64
}

// The errors of subscriptions.
var (
	// ErrGap is the error of a subscription whose changes after its position are not all known. It has ended. The data has
	// to be read again, and the next subscription begins without a position.
	ErrGap = errors.New("changes after the position are no longer known")
	// ErrUnavailable is returned by Subscribe while the graph is not in memory.
	ErrUnavailable = errors.New("the graph is not in memory")
)

// Hub has the log and the subscriptions. It is safe for concurrent use.
type Hub struct{ opts Options }

// New returns a Hub without a log. It begins with the first Publish.
func New(opts Options) *Hub { return &Hub{opts} }

// Publish adds a commit to the log, after all earlier ones. It does not wait for subscribers. The first commit after New
// and after Interrupt begins the log, and has no changes.
func (h *Hub) Publish(c Commit) {}

// Interrupt drops the log, because later commits may be missing. All subscriptions end with ErrGap.
func (h *Hub) Interrupt() {}

// Subscribe begins a subscription. Its events are those of commits after a position; if that is zero, after the newest
// commit of the log. The position may be newer than the log. The error is ErrGap or ErrUnavailable.
//
// wake is called when an event may wait. It is called without locks, from a goroutine that wakes all subscriptions, so
// it must not block. It is not called again before Next. After a wake, call Next until it returns nil or an error.
func (h *Hub) Subscribe(topic Topic, after commit.Position, wake func()) (*Subscription, error) {
	return nil, ErrUnavailable
}

// Subscription is a cursor in the log. Its methods must not be called concurrently, except for Close.
type Subscription struct{ position commit.Position }

// Next returns what happened after the cursor, as one event; nil if nothing did. It does not block, and does not move the
// cursor. After an error, which is ErrGap, the subscription has ended.
func (s *Subscription) Next() (*Event, error) { return nil, nil }

// Advance moves the cursor behind an event that was sent.
func (s *Subscription) Advance(e *Event) {}

// Position returns a position up to which all events were sent. While nothing happens to the topic it follows the log, so
// it can be sent to a client that has to resume later.
func (s *Subscription) Position() commit.Position { return s.position }

// Close ends the subscription. It can be called more than once. wake may still be called once, if it is being called.
func (s *Subscription) Close() {}
