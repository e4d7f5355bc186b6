// Package model holds the values that flow between the rooms: users, counts, connections.
package model

import (
	"time"

	"followgraph/internal/globalid"
)

// User is an account's public part. What a lookup did not ask for is zero, see Projection.
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

// Projection tells what of a list's users is wanted, so that nothing else is loaded.
type Projection struct {
	Users   bool // their accounts; without, only the edges
	Details bool // their Avatar, Role, CreatedAt and UpdatedAt as well; without, those may be zero
	Counts  bool // their Stats as well
}
