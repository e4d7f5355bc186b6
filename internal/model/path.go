package model

import "followgraph/internal/globalid"

// PathKey identifies the path from one user to another, by Cognito ids.
type PathKey struct{ From, To string }

// DistancesKey identifies the distances from one user to others, by Cognito ids. To contains no duplicates.
type DistancesKey struct {
	From string
	To   []string
}

// Path is the result of a search for a shortest path.
type Path struct {
	Status     PathStatus
	CognitoIDs []string // of the users on the path, from the start to the end; nil unless Status is FOUND
}

// ShortestPath is a Path with its users.
type ShortestPath struct {
	Status PathStatus
	Users  []*User
	Length *int // follows; nil unless Status is FOUND
}

// Distance is the length of a shortest path to a user.
type Distance struct {
	To     string // a Cognito id
	Status PathStatus
	Length *int // follows; nil unless Status is FOUND
}

// ToID returns the global id of the target user.
func (d Distance) ToID() string { return globalid.User(d.To) }
