package store

import (
	"time"

	"followgraph/internal/model"
)

// account is a user with all that its fields point to, in one piece of memory.
type account struct {
	model.User
	stats                       model.Stats
	firstname, lastname, avatar string
	changed                     time.Time
}

// accounts makes the users of a statement's rows.
type accounts struct {
	texts
	expected int // that are still to come, as a guess
	free     []account
}

// The accounts that memory is taken for at once, and the bytes of an account's texts, as a guess.
const (
	mostAccounts = 256
	accountTexts = 128
)

// newAccounts prepares for about that many.
func newAccounts(expected int) *accounts {
	made := &accounts{expected: expected}
	made.begin(min(expected*accountTexts, mostPiece))
	return made
}

// take is memory for one more.
func (a *accounts) take() *account {
	if len(a.free) == 0 {
		a.free = make([]account, max(1, min(a.expected, mostAccounts)))
	}
	a.expected--
	taken := &a.free[0]
	a.free = a.free[1:]
	return taken
}

// read reads the account columns of a row (sql/account.sql), which are its last ones, and makes a user of them: with
// details where the statement has them, with Stats where counts are wanted, zero where there is no row of counts; nil
// where there is no account.
func (a *accounts) read(r *row, id string, details, counts bool) *model.User {
	username := r.bytes()
	if username == nil {
		return nil
	}
	made := a.take()
	made.CognitoID, made.Username = id, a.keep(username)
	made.Firstname = a.optional(r.bytes(), &made.firstname)
	made.Lastname = a.optional(r.bytes(), &made.lastname)
	if details {
		made.Avatar = a.optional(r.bytes(), &made.avatar)
		made.Role = role(r.bytes())
		made.CreatedAt, _ = r.time()
		made.UpdatedAt, _ = r.time()
	}
	if !counts {
		return &made.User
	}
	made.stats.FollowersCount, made.stats.FollowingsCount = int(r.integer()), int(r.integer())
	var changed bool
	if made.changed, changed = r.time(); changed {
		made.stats.UpdatedAt = &made.changed
	}
	made.Stats = &made.stats
	return &made.User
}

// optional keeps a text that may be null, at place.
func (a *accounts) optional(text []byte, place *string) *string {
	if text == nil {
		return nil
	}
	*place = a.keep(text)
	return place
}

// role is a role without memory of its own, as far as it is known.
func role(name []byte) model.UserRole {
	for _, known := range model.AllUserRole {
		if string(name) == string(known) {
			return known
		}
	}
	return model.UserRole(name)
}
