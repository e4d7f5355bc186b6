package live

import (
	"time"

	"followgraph/internal/commit"
	"followgraph/internal/resident"
	"followgraph/internal/timestamp"
)

// Commit is what one commit changed.
type Commit struct {
	Position commit.Position
	Version  *resident.Version // the graph at the commit
	At       time.Time         // of the commit, by the clock of the database; zero if nothing was committed
	Changes  []Change          // in their order
	Accounts []string          // Cognito ids of accounts that were created or deleted
	// Lost reports that the changes are not known: a table was truncated, or there are too many. All subscriptions end.
	Lost bool
	// Unserved reports that memory does not answer yet, so that subscriptions cannot begin.
	Unserved bool
}

// Change is the begin or the end of one follow.
type Change struct {
	Follower  string              // Cognito id of the follower
	Following string              // Cognito id of the followed user
	StartedAt timestamp.Timestamp // when the follow began; with ID its place in the lists of both users
	ID        int64               // of the row
	Added     bool                // whether the follow began
}
