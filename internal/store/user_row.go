package store

import (
	"time"

	"followgraph/internal/model"
)

// userStorage is a user and the values that its fields point to, in one allocation.
type userStorage struct {
	model.User
	stats                       model.Stats
	firstname, lastname, avatar string
	changed                     time.Time
}

// userReader creates the users of a statement's rows.
type userReader struct {
	stringArena
	expected int // estimate of the users still to come
	free     []userStorage
}

// maxUsersAtOnce limits the users per allocation. textBytesPerUser estimates the bytes of a user's texts.
const (
	maxUsersAtOnce   = 256
	textBytesPerUser = 128
)

// newUserReader returns a userReader for about expected users.
func newUserReader(expected int) *userReader {
	reader := &userReader{expected: expected}
	reader.begin(min(expected*textBytesPerUser, maxBuffer))
	return reader
}

// take returns storage for one more user.
func (a *userReader) take() *userStorage {
	if len(a.free) == 0 {
		a.free = make([]userStorage, max(1, min(a.expected, maxUsersAtOnce)))
	}
	a.expected--
	next := &a.free[0]
	a.free = a.free[1:]
	return next
}

// read reads the last columns of a row, the account columns (sql/account.sql), and returns the user. It is nil if there
// is no account. The user has details if details is set, and Stats if counts is set; the counts are zero if there is no
// row of counts.
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

// optional stores a nullable text at place and returns place, or nil for null.
func (a *userReader) optional(text []byte, place *string) *string {
	if text == nil {
		return nil
	}
	*place = a.keep(text)
	return place
}

// role returns a role without an allocation, if the role is known.
func role(name []byte) model.UserRole {
	for _, known := range model.AllUserRole {
		if string(name) == string(known) {
			return known
		}
	}
	return model.UserRole(name)
}
