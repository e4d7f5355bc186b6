package model

import "time"

// FollowRecord is one follow to import.
type FollowRecord struct {
	FollowerID  string    // Cognito id of the follower
	FollowingID string    // Cognito id of the followed user
	CreatedAt   time.Time // in microseconds; zero: the time of the import
}

// UserRecord is one user to import. An empty string is an unset field. An unset username or phone number is derived
// from the Cognito id. An unset role is END_USER.
type UserRecord struct {
	Line   int64  // number of the input line, to report conflicts
	Record []byte // the input line itself, to report conflicts; nil if there is none

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
	CreatedAt   time.Time // in microseconds; zero: the time of the import
}
