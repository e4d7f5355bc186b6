package model

import (
	"time"

	"followgraph/internal/page"
)

// TopKey identifies the users of a follow list who have the most followers.
type TopKey struct {
	UserID string
	Kind   page.Kind // page.Followers or page.Following
	Limit  int
	// Scan is the length up to which the list is read, and how many of the most followed users are looked up in a longer
	// one.
	Scan int
}

// TopIDs are the users of a list who have the most followers, the most followed first.
type TopIDs struct {
	CognitoIDs []string
	Complete   bool // whether these are as many as requested, or all
}

// TopUsers are TopIDs with their users.
type TopUsers struct {
	Nodes    []*User
	Complete bool
}

// GraphTotals is the size of the graph at a time.
type GraphTotals struct {
	UsersCount   int
	FollowsCount float64 // a whole number
	CountedAt    time.Time
}
