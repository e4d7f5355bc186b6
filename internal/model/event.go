package model

import "followgraph/internal/globalid"

// UsersChange is an event about users.
type UsersChange struct {
	Users   []*User  // the accounts of those that changed
	Deleted []string // Cognito ids of those without an account
}

// DeletedUserIDs returns the global ids of the deleted users.
func (c *UsersChange) DeletedUserIDs() []string {
	deleted := make([]string, len(c.Deleted))
	for i, id := range c.Deleted {
		deleted[i] = globalid.User(id)
	}
	return deleted
}

// FollowersChange is an event about the followers of a user.
type FollowersChange struct {
	User    *User // nil if there is no account
	Changes []FollowerChange
}

// FollowerChange is a follower that a user gained or lost.
type FollowerChange struct {
	Kind FollowerChangeKind
	Edge Edge
}

// FollowerID returns the global id of the follower.
func (c FollowerChange) FollowerID() string { return globalid.User(c.Edge.UserID) }

// FollowersGained is an event about the new followers of the caller.
type FollowersGained struct {
	Viewer *User
	Edges  []Edge
}
