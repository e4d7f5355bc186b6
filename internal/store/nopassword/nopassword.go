// Package nopassword defines what the column users.password_hash holds for an account without a password.
package nopassword

const (
	// Hash is a well-formed bcrypt hash at passlib's default cost, 12, whose salt and digest are zeros. The Python
	// service that runs beside this program reads it like any other hash and rejects every password, in the usual time.
	// To know a password for it, one would have to invert bcrypt. This program never compares a password with it.
	Hash = "$2b$12$" + "....................................................."
	// Before is what earlier versions of this program wrote instead. passlib raises an error for it. Existing rows keep
	// it.
	Before = "!"
)
