package model

import "time"

// FollowRecord is one follow on its way into the database.
type FollowRecord struct {
	FollowerID  string    // Cognito id of the user who follows
	FollowingID string    // Cognito id of the user who is followed
	CreatedAt   time.Time // to the microsecond; zero: the time of the import
}

// UserRecord is one user on the way into the database. An empty string is an unset field; an unset
// username or phone number is derived from the Cognito id, an unset role is END_USER.
type UserRecord struct {
	Line   int64  // the input's line, by which a conflict is reported
	Record []byte // the input's line itself, for the same purpose; nil where there is none

	CognitoID   string
	Username    string
	Firstname   string
	Lastname    string
	Avatar      string
	Email       string
	PhoneNumber string
	Role        string
	Country     string
	City        string
	Zipcode     string
	CreatedAt   time.Time // to the microsecond; zero: the time of the import
}
