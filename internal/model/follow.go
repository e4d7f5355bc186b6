package model

import (
	"time"

	"followgraph/internal/globalid"
)

// FollowKey identifies one follow by Cognito ids.
type FollowKey struct {
	FollowerID  string
	FollowingID string
}

// FollowChange is the result of starting or ending a follow.
type FollowChange struct {
	Changed    bool      // false if nothing had to change
	FollowedAt time.Time // start of the follow; zero if a follow was to end and did not exist
}

// FollowResult is the result for one of several follows.
type FollowResult struct {
	FollowChange
	Err error
}

// Relation is the relation between a user and the viewer.
type Relation struct {
	ViewerFollows bool
	FollowsViewer bool
}

// SuggestionKey identifies the suggestions for one user.
type SuggestionKey struct {
	UserID string // a Cognito id
	Limit  int
}

// SuggestionRank is one suggestion before its account is loaded.
type SuggestionRank struct {
	UserID          string
	FollowedByCount int
}

// BetweenKey identifies the follows from users of one list to users of another, by Cognito ids. Each list is sorted by
// bytes and contains no duplicates.
type BetweenKey struct {
	Followers  []string
	Followings []string
}

// Follow is one follow.
type Follow struct {
	Follower   string // Cognito id of the follower
	Following  string // Cognito id of the followed user
	FollowedAt time.Time
}

// FollowerID returns the global id of the follower.
func (f Follow) FollowerID() string { return globalid.User(f.Follower) }

// FollowingID returns the global id of the followed user.
func (f Follow) FollowingID() string { return globalid.User(f.Following) }

// AdjacencyKey identifies the follows from users of one list to users of another, by Cognito ids in the order of the
// request.
type AdjacencyKey struct {
	Followers  []string
	Followings []string
}

// Adjacency has a list for each follower of an AdjacencyKey: the users that this follower follows, as ascending
// positions among its Followings. The list is nil if it was not read.
type Adjacency struct {
	Following  [][]int
	FollowedAt [][]time.Time // when the same follows were created
}
