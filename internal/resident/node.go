package resident

import (
	"time"

	"followgraph/internal/changes"
	"followgraph/internal/model"
	"followgraph/internal/timestamp"
)

// node is what the graph holds of one Cognito id: an id that has an account, or that follows or row of counts name.
type node struct {
	edit                 uint64
	account              *account // nil if there is none
	followers, following list
	index                *chunks // of following, by the other user; nil unless following is long
	countsAt             timestamp.Timestamp
	number               uint32
	hasCounts            bool // whether there is a row of counts, which countsAt is from
	ownsFollowers        bool // whether the edit has copied the slice of followers
	ownsFollowing        bool // whether the edit has copied the slice of following
}

// isEmpty reports whether the id has no account and no rows.
func (n *node) isEmpty() bool {
	return n.account == nil && !n.hasCounts && n.followers.len() == 0 && n.following.len() == 0
}

// account is a user and everything that its fields point to. It is immutable: a change makes another one.
type account struct {
	model.User
	stats     model.Stats
	changedAt time.Time
	row       *userRow
}

// userRow is what does not change with an account's counts. The orders of all users consist of pointers to it.
type userRow struct {
	id           int64
	createdAt    timestamp.Timestamp
	tokenVersion int64
	number       uint32
	firstname    string
	lastname     string
	avatar       string
	hasAvatar    bool
	username     string
	keys         searchKeys
}

func newAccount(u *changes.User, number uint32, cognitoID string) *account {
	row := &userRow{id: u.ID, createdAt: u.CreatedAt, tokenVersion: u.TokenVersion, number: number, hasAvatar: u.Avatar != nil}
	a := &account{row: row}
	a.CognitoID, a.Role = cognitoID, roleOf(u.Role)
	a.CreatedAt, a.UpdatedAt = u.CreatedAt.Time(), u.UpdatedAt.Time()
	// One string for all: a query that reads one of the texts usually reads the others too.
	texts := u.Username + text(u.Firstname) + text(u.Lastname) + text(u.Avatar)
	row.username, texts = texts[:len(u.Username)], texts[len(u.Username):]
	a.Username = row.username
	a.Firstname, texts = stored(u.Firstname, &row.firstname, texts)
	a.Lastname, texts = stored(u.Lastname, &row.lastname, texts)
	a.Avatar, _ = stored(u.Avatar, &row.avatar, texts)
	row.keys = searchKeysOf(u, row.username)
	return a
}

// roleOf returns a role without keeping the text of the row.
func roleOf(text string) model.UserRole {
	for _, role := range model.AllUserRole {
		if string(role) == text {
			return role
		}
	}
	return model.UserRole(text)
}

func text(optional *string) string {
	if optional == nil {
		return ""
	}
	return *optional
}

// stored sets place to the beginning of texts that equals a text, and returns place and the rest. It returns nil for nil.
func stored(text, place *string, texts string) (*string, string) {
	if text == nil {
		return nil, texts
	}
	*place = texts[:len(*text)]
	return place, texts[len(*text):]
}

// count brings the counts of a node's account up to date.
func (n *node) count() {
	old := n.account
	if old == nil {
		return
	}
	counts := model.Stats{FollowersCount: n.followers.len(), FollowingsCount: n.following.len()}
	changedAt := time.Time{}
	if n.hasCounts {
		changedAt = n.countsAt.Time()
	}
	if old.Stats != nil && old.stats.FollowersCount == counts.FollowersCount &&
		old.stats.FollowingsCount == counts.FollowingsCount && old.changedAt.Equal(changedAt) {
		return
	}
	a := &account{User: old.User, stats: counts, changedAt: changedAt, row: old.row}
	if n.hasCounts {
		a.stats.UpdatedAt = &a.changedAt
	}
	a.Stats = &a.stats
	n.account = a
}
