package model

import "followgraph/internal/page"

// ConnectionKey names one page of one connection. It is comparable: equal keys are the same page.
type ConnectionKey struct {
	Kind           page.Kind
	User           string // whose connection, a Cognito id; empty for lists of all users
	With           string // the other user of an intersection, a Cognito id
	Query          string // the text of a search
	Page           page.Request
	ProbeOtherSide bool // whether it is wanted if there are elements on the other side of the cursor that the page is read from
	Projection     Projection
}

// UserKey names one account, by Cognito id or by username.
type UserKey struct {
	CognitoID string
	Username  string // used where CognitoID is empty
	Details   bool   // whether its Avatar, Role, CreatedAt and UpdatedAt are wanted; without, those may be zero
	Counts    bool   // whether its Stats are wanted
}
