package resident

import (
	"time"

	"followgraph/internal/changes"
	"followgraph/internal/model"
	"followgraph/internal/timestamp"
)

// node is what the graph holds of one Cognito id: an id that has an account, or that follows or row of counts name. What
// a list of users reads is together in it, before the rest, because it is seldom in a cache of the processor.
type node struct {
	row                         *userRow // nil if there is no account
	stats                       model.Stats
	firstname, lastname, avatar string     // what the pointers of user point to
	user                        model.User // the zero value if there is no account
	followers, following        list
	index                       *chunks // of following, by the other user; nil unless following is long
	edit                        uint64
	countsAt                    timestamp.Timestamp
	changedAt                   time.Time // countsAt, for stats
	number                      uint32
	hasCounts                   bool // whether there is a row of counts, which countsAt is from
	ownsFollowers               bool // whether the edit has copied the slice of followers
	ownsFollowing               bool // whether the edit has copied the slice of following
}

// isEmpty reports whether the id has no account and no rows.
func (n *node) isEmpty() bool {
	return n.row == nil && !n.hasCounts && n.followers.len() == 0 && n.following.len() == 0
}

// copy returns a copy of a node for an edit.
func (n *node) copy(edit uint64) *node {
	mine := *n
	mine.edit, mine.ownsFollowers, mine.ownsFollowing = edit, false, false
	mine.point()
	return &mine
}

// point makes the pointers of the user point into this node.
func (n *node) point() {
	point(&n.user.Firstname, &n.firstname)
	point(&n.user.Lastname, &n.lastname)
	point(&n.user.Avatar, &n.avatar)
	point(&n.user.Stats, &n.stats)
	point(&n.stats.UpdatedAt, &n.changedAt)
}

// point sets a pointer that is not nil.
func point[T any](pointer **T, to *T) {
	if *pointer != nil {
		*pointer = to
	}
}

// userRow is what does not change with an account's counts. The orders of all users consist of pointers to it.
type userRow struct {
	id           int64
	createdAt    timestamp.Timestamp
	tokenVersion int64
	number       uint32
	// Whether the optional texts are there.
	hasFirstname, hasLastname, hasAvatar bool
	// text is all texts one after the other: a query that reads one of them usually reads the others too. ends are where
	// the Cognito id, the username, the first name and the last name end in it; the rest is the avatar.
	text string
	ends [4]uint32
	keys userKeys
}

// newUserRow returns the row of an account.
func newUserRow(u *changes.User, number uint32) *userRow {
	r := &userRow{
		id: u.ID, createdAt: u.CreatedAt, tokenVersion: u.TokenVersion, number: number,
		hasFirstname: u.Firstname != nil, hasLastname: u.Lastname != nil, hasAvatar: u.Avatar != nil,
	}
	r.text = u.CognitoID + u.Username + text(u.Firstname) + text(u.Lastname) + text(u.Avatar)
	end := 0
	for i, part := range [...]string{u.CognitoID, u.Username, text(u.Firstname), text(u.Lastname)} {
		end += len(part)
		r.ends[i] = uint32(end)
	}
	r.keys = userKeysOf(u, r.username())
	return r
}

func (r *userRow) cognitoID() string { return r.text[:r.ends[0]] }
func (r *userRow) username() string  { return r.text[r.ends[0]:r.ends[1]] }
func (r *userRow) firstname() string { return r.text[r.ends[1]:r.ends[2]] }
func (r *userRow) lastname() string  { return r.text[r.ends[2]:r.ends[3]] }
func (r *userRow) avatar() string    { return r.text[r.ends[3]:] }

// put gives the node an account. count has to be called before the node is read.
func (n *node) put(r *userRow, u *changes.User) {
	n.row = r
	n.firstname, n.lastname, n.avatar = r.firstname(), r.lastname(), r.avatar()
	n.user = model.User{
		CognitoID: r.cognitoID(), Username: r.username(), Role: roleOf(u.Role), Stats: &n.stats,
		CreatedAt: u.CreatedAt.Time(), UpdatedAt: u.UpdatedAt.Time(),
	}
	if u.Firstname != nil {
		n.user.Firstname = &n.firstname
	}
	if u.Lastname != nil {
		n.user.Lastname = &n.lastname
	}
	if u.Avatar != nil {
		n.user.Avatar = &n.avatar
	}
}

// remove removes the account of the node.
func (n *node) remove() {
	n.row, n.user, n.firstname, n.lastname, n.avatar = nil, model.User{}, "", "", ""
}

// count brings the counts of a node's account up to date.
func (n *node) count() {
	n.stats = model.Stats{FollowersCount: n.followers.len(), FollowingsCount: n.following.len()}
	n.changedAt = time.Time{}
	if n.hasCounts {
		n.changedAt = n.countsAt.Time()
		n.stats.UpdatedAt = &n.changedAt
	}
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
