package live

import (
	"slices"
	"strings"

	"followgraph/internal/commit"
)

// Subscription is a cursor in the log. Its methods are safe for concurrent use.
type Subscription struct {
	hub     *Hub
	kind    Kind
	members []member // the viewer, if there is one, then the users of the topic
	wake    func()

	// The lock of the hub guards these.
	log    uint64 // the number of the log that cursor is in; 0 for none
	cursor uint64 // LSN
	woken  bool   // whether wake was called since the last Next
	closed bool
}

// member is a user that a topic names, and the subscription's index in the watchers of that user.
type member struct {
	user *user
	at   int
}

func (m member) compare(id string) int { return strings.Compare(m.user.id, id) }

// Subscribe begins a subscription. Its events are those of the commits after a position; if that is zero, after the
// newest commit of the log. The position may be newer than the log. The error is ErrGap or ErrUnavailable.
//
// Call Next after Subscribe and after each wake, until it returns nil or an error. wake is called when there may be an
// event, and not again before Next. It must not block: one goroutine wakes all subscriptions, one after the other, without
// locks.
func (h *Hub) Subscribe(topic Topic, after commit.Position, wake func()) (*Subscription, error) {
	s := &Subscription{hub: h, kind: topic.Kind, wake: wake}
	h.mu.Lock()
	defer h.mu.Unlock()
	log := &h.log
	if !h.open {
		return nil, ErrUnavailable
	}
	if s.log, s.cursor = log.number, log.head.LSN; !after.IsZero() {
		if !after.SameHistory(log.head) || after.LSN < log.start {
			h.gaps++
			return nil, ErrGap
		}
		s.cursor = after.LSN
	}
	if topic.Kind == Relations || topic.Kind == Gained {
		s.members = make([]member, 0, 1+len(topic.Users))
		s.members = append(s.members, member{user: log.users.get(topic.Viewer)})
	}
	if topic.Kind != Gained {
		s.members = slices.Grow(s.members, len(topic.Users))
		for _, id := range topic.Users {
			s.members = append(s.members, member{user: log.users.get(id)})
		}
	}
	for i := range s.members {
		u := s.members[i].user
		if u.watch == nil {
			u.watch = new(watch)
		}
		s.watchers(i).add(s, i)
	}
	h.subscriptions++
	if s.cursor > log.head.LSN {
		h.ahead[s] = false
	}
	s.skip()
	return s, nil
}

// watchers returns the watchers of a member that the subscription belongs to. Of the users of Relations only the accounts
// matter: their follows with the viewer are also records of the viewer.
func (s *Subscription) watchers(i int) *watchers {
	watch := s.members[i].user.watch
	if s.kind == Relations && i > 0 {
		return &watch.accounts
	}
	return &watch.changes
}

// Next returns what happened after the cursor as one event; nil if nothing did, or after Close. It does not wait, and
// does not move the cursor. The error is ErrGap; it ends the subscription.
func (s *Subscription) Next() (*Event, error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	s.woken = false
	if s.closed {
		return nil, nil
	}
	e, err := s.event()
	if err != nil {
		h.gaps++
		s.close()
	}
	return e, err
}

// Advance moves the cursor behind an event that Next returned.
func (s *Subscription) Advance(e *Event) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.cursor = max(s.cursor, e.Position.LSN)
}

// Position returns a position up to which all events were sent: a client that resumes there gets the next ones. While
// nothing happens to the topic, it follows the log. It is zero after ErrGap.
func (s *Subscription) Position() commit.Position {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case s.closed || s.log != h.log.number:
		return commit.Position{}
	case s.pending() || s.cursor > h.log.head.LSN:
		return h.log.at(s.cursor)
	default:
		return h.log.head
	}
}

// skip moves the cursor behind the records of other topics, so that they may leave the log without a gap. It reports
// whether it has: not if there is an event.
func (s *Subscription) skip() bool {
	if s.pending() {
		return false
	}
	s.cursor = max(s.cursor, s.hub.log.head.LSN)
	return true
}

// Close ends the subscription. It can be called more than once. A wake that has begun may be still running.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.close()
}

func (s *Subscription) close() {
	if s.closed {
		return
	}
	s.closed = true
	s.hub.subscriptions--
	delete(s.hub.ahead, s)
	for i := range s.members {
		s.watchers(i).remove(s.members[i].at)
	}
	for i := range s.members {
		if u := s.members[i].user; u.watch != nil && len(u.watch.changes)+len(u.watch.accounts) == 0 {
			u.watch = nil
			s.hub.log.users.drop(u)
		}
	}
	s.members = nil
}
