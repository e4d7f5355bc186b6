package store

import (
	"time"

	"followgraph/internal/model"
)

// account is a user with all that its fields point to, in one piece of memory.
type userStorage struct {
	model.User
	stats                       model.Stats
	firstname, lastname, avatar string
	changed                     time.Time
}

// accounts makes the users of a statement's rows.
type userReader struct {
	stringArena
	expected int // that are still to come, as a guess
	free     []userStorage
}

// The accounts that memory is taken for at once, and the bytes of an account's texts, as a guess.
const (
	maxUsersAtOnce   = 256
	textBytesPerUser = 128
)

// newAccounts prepares for about that many.
func newUserReader(expected int) *userReader {
	reader := &userReader{expected: expected}
	reader.begin(min(expected*textBytesPerUser, maxBuffer))
	return reader
}

// take is memory for one more.
func (a *userReader) take() *userStorage {
	if len(a.free) == 0 {
		a.free = make([]userStorage, max(1, min(a.expected, maxUsersAtOnce)))
	}
	a.expected--
	next := &a.free[0]
	a.free = a.free[1:]
	return next
}

// read reads the account columns of a row (sql/account.sql), which are its last ones, and makes a user of them: with
// details where the statement has them, with Stats where counts are wanted, zero where there is no row of counts; nil
// where there is no account.
func (a *userReader) read(r *row, id string, details, counts bool) *model.User {
	username := r.bytes()
	if username == nil {
		return nil
	}
	user := a.take()
	user.CognitoID, user.Username = id, a.keep(username)
	user.Firstname = a.optional(r.bytes(), &user.firstname)
	user.Lastname = a.optional(r.bytes(), &user.lastname)
	if details {
		user.Avatar = a.optional(r.bytes(), &user.avatar)
		user.Role = role(r.bytes())
		user.CreatedAt, _ = r.time()
		user.UpdatedAt, _ = r.time()
	}
	if !counts {
		return &user.User
	}
	user.stats.FollowersCount, user.stats.FollowingsCount = int(r.integer()), int(r.integer())
	var changed bool
	if user.changed, changed = r.time(); changed {
		user.stats.UpdatedAt = &user.changed
	}
	user.Stats = &user.stats
	return &user.User
}

// optional keeps a text that may be null, at place.
func (a *userReader) optional(text []byte, place *string) *string {
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
