// Package model holds the values that flow between the rooms: users, counts, connections.
package model

import (
	"time"

	"followgraph/internal/globalid"
)

// User is an account's public part.
type User struct {
	CognitoID string
	Username  string
	Firstname *string
	Lastname  *string
	Avatar    *string
	Role      UserRole
	CreatedAt time.Time
	UpdatedAt time.Time
	Stats     *Stats // nil unless the lookup asked for counts
}

// ID is the user's global id.
func (u *User) ID() string { return globalid.User(u.CognitoID) }

// IsNode says that a User is a Node (Relay, Global Object Identification).
func (u *User) IsNode() {}

// Stats are a user's counts.
type Stats struct {
	FollowersCount  int
	FollowingsCount int
	UpdatedAt       *time.Time // nil where the user never followed nor was followed
}

// Selection tells what of a list's users is wanted, so that nothing else is loaded.
type Selection struct {
	Users  bool // their accounts; without, only the edges
	Counts bool // their Stats as well
}
