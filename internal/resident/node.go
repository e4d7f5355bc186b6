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
	username     string
	keys         searchKeys
	firstname    string
	lastname     string
	avatar       string
	hasAvatar    bool
}

func newAccount(u *changes.User, number uint32, cognitoID string) *account {
	row := &userRow{
		id: u.ID, createdAt: u.CreatedAt, tokenVersion: u.TokenVersion, number: number, username: u.Username, keys: searchKeysOf(u),
	}
	a := &account{row: row}
	a.CognitoID, a.Username, a.Role = cognitoID, u.Username, roleOf(u.Role)
	a.CreatedAt, a.UpdatedAt = u.CreatedAt.Time(), u.UpdatedAt.Time()
	a.Firstname = stored(u.Firstname, &row.firstname)
	a.Lastname = stored(u.Lastname, &row.lastname)
	a.Avatar, row.hasAvatar = stored(u.Avatar, &row.avatar), u.Avatar != nil
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

func stored(text *string, place *string) *string {
	if text == nil {
		return nil
	}
	*place = *text
	return place
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
