package model

// PoolUser is a user of a Cognito user pool, with what may tell which account is theirs. Empty fields tell nothing.
type PoolUser struct {
	CognitoID   string // the attribute sub
	Username    string // in the pool
	PhoneNumber string // unless the pool says that it is not verified
	Email       string // only where it is verified
	AccountID   int64  // users.id, where a mapping names it; 0: none

	// Unconfirmed reports that the user has never proved to be anybody: no account is theirs.
	Unconfirmed bool
}

// AccountMove gives an account another Cognito id.
type AccountMove struct {
	From, To string
	// EndPassword has no password match from here on.
	EndPassword bool
	// Seen is the account as it was when it was found to be the user's, nil where it does not matter. It is not moved where its
	// tokens have ended since, as with a new password, or its role has changed.
	Seen *Account
}

// VerifiedClaims is what a Cognito user has proved to have, as far as a token tells; empty fields tell nothing.
type VerifiedClaims struct{ Email, PhoneNumber string }
