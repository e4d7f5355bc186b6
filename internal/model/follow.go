package model

import (
	"time"

	"followgraph/internal/globalid"
)

// FollowKey names one follow, by Cognito ids.
type FollowKey struct {
	FollowerID  string
	FollowingID string
}

// FollowChange is what became of a follow that was to begin or to end.
type FollowChange struct {
	Changed    bool      // false where it was as wanted already
	FollowedAt time.Time // when it began; zero where it was to end and did not exist
}

// FollowResult is what became of one of several follows.
type FollowResult struct {
	FollowChange
	Err error
}

// Relation is how a user and the viewer stand to each other.
type Relation struct {
	ViewerFollows bool
	FollowsViewer bool
}

// SuggestionKey asks for the suggestions of one user.
type SuggestionKey struct {
	UserID string // a Cognito id
	Limit  int
}

// SuggestionRank is one suggestion before its account is looked up.
type SuggestionRank struct {
	UserID          string
	FollowedByCount int
}

// BetweenKey asks for the follows by which users of one list follow users of another, by Cognito ids. Each list is sorted
// by bytes and has an id once.
type BetweenKey struct {
	Followers  []string
	Followings []string
}

// Follow is one follow.
type Follow struct {
	Follower   string // the Cognito id of who follows
	Following  string // the Cognito id of who is followed
	FollowedAt time.Time
}

// FollowerID is the global id of who follows.
func (f Follow) FollowerID() string { return globalid.User(f.Follower) }

// FollowingID is the global id of who is followed.
func (f Follow) FollowingID() string { return globalid.User(f.Following) }
