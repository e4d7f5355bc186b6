// Package model holds the values that packages exchange: users, counts, connections.
package model

import (
	"time"

	"followgraph/internal/globalid"
)

// User is the public part of an account. Fields that the lookup did not load are zero, see Projection.
type User struct {
	CognitoID string
	Username  string
	Firstname *string
	Lastname  *string
	Avatar    *string
	Stats     *Stats // nil unless the lookup loaded counts
	Role      UserRole
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ID returns the user's global id.
func (u *User) ID() string { return globalid.User(u.CognitoID) }

// IsNode marks User as a Node (Relay, Global Object Identification).
func (u *User) IsNode() {}

// Stats are a user's counts.
type Stats struct {
	FollowersCount  int
	FollowingsCount int
	UpdatedAt       *time.Time // nil if the user has never followed or been followed
}

// Projection selects what to load of a list's users.
type Projection struct {
	Users   bool // their accounts; otherwise only the edges
	Details bool // Avatar, Role, CreatedAt and UpdatedAt too; they may be zero otherwise
	Counts  bool // Stats too
}
