package model

import "followgraph/internal/page"

// ConnectionKey identifies one page of one connection. It is comparable: equal keys are the same page.
type ConnectionKey struct {
	Kind           page.Kind
	User           string // Cognito id of the connection's owner; empty for lists of all users
	With           string // Cognito id of the other user of an intersection
	Query          string // text of a search
	Page           page.Request
	ProbeOtherSide bool // whether to check for elements on the other side of the page's cursor
	Total          bool // whether to count the elements of all pages
	Projection     Projection
}

// UserKey identifies one account by Cognito id or by username.
type UserKey struct {
	CognitoID string
	Username  string // used if CognitoID is empty
	Details   bool   // whether to load Avatar, Role, CreatedAt and UpdatedAt; they may be zero otherwise
	Counts    bool   // whether to load Stats
}
