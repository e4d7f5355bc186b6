package live

import (
	"time"

	"followgraph/internal/commit"
	"followgraph/internal/resident"
)

// Kind is what a topic is about.
type Kind uint8

// The kinds of topics.
const (
	Stats     Kind = iota // the counts of Users
	Followers             // the followers of the only element of Users
	Relations             // the follows between Viewer and Users
	Gained                // the new followers of Viewer
)

// Topic is what a subscription is about. If an account of its Users is created or deleted, that is also a change of it.
type Topic struct {
	Kind   Kind
	Users  []string // Cognito ids, sorted by bytes, without duplicates; at least one, except for Gained
	Viewer string   // a Cognito id; only for Relations and Gained
}

// The bounds of an event.
const (
	// MaxChanges is the maximum number of Changes of an event that covers several commits.
	MaxChanges = 100
	// MaxCommitChanges is the maximum number of Changes of an event. It covers only one commit if it has more than
	// MaxChanges. One commit with more changes of a topic ends the topic's subscriptions with ErrGap.
	MaxCommitChanges = 1_000
)

// Event is what happened to a topic in one or more commits.
//
// Two events of equal topics with equal First and Last have the same Users and Changes. So one can be sent instead of the
// other, although its Position may be an earlier one.
type Event struct {
	// Position is the cursor after the event: a subscription from there continues without loss and without repetition.
	Position commit.Position
	// Version is the graph at Position, or later if more changes wait.
	Version *resident.Version
	// Users are the users of the topic that changed, sorted, for Stats and Relations. For Followers it is the user if
	// the account was created or deleted. Version has no account for a user that is deleted.
	Users []string
	// Changes are the follows that began and ended, in commit order, for Followers and Gained.
	Changes     []Change
	First, Last uint64    // the LSN of the first and of the last commit that changed the topic
	CommittedAt time.Time // of the first commit, by the clock of the database
	More        bool      // whether more changes wait
}
