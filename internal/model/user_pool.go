package model

// PoolUser is a user of a Cognito user pool, with the attributes that may identify its account. Empty fields are
// unknown.
type PoolUser struct {
	CognitoID   string // attribute sub
	Username    string // in the pool
	PhoneNumber string // unless the pool marks it as not verified
	Email       string // only if verified
	AccountID   int64  // users.id from a mapping; 0: none

	// Unconfirmed reports that the user has never confirmed the registration. It owns no account.
	Unconfirmed bool
}

// AccountMove assigns another Cognito id to an account.
type AccountMove struct {
	From, To string
	// DisablePassword makes sure that no password matches afterwards.
	DisablePassword bool
	// Seen is the account as it was when it was matched with the user, or nil. The account is not moved if its tokens
	// have been invalidated since then, for example by a new password, or its role has changed.
	Seen *Account
}

// VerifiedClaims are the verified attributes of a Cognito user in a token. Empty fields are unknown.
type VerifiedClaims struct{ Email, PhoneNumber string }
