package store

import (
	"github.com/jackc/pgx/v5/pgtype"

	"followgraph/internal/model"
)

// accountRow is where a row's id and account columns are scanned to, see sql/account.sql. Texts are references into the
// driver's buffer, good until the next row.
type accountRow struct {
	id                                          pgtype.DriverBytes
	username, firstname, lastname, avatar, role pgtype.DriverBytes
	createdAt, updatedAt, changedAt             pgtype.Timestamptz
	followersCount, followingsCount             pgtype.Int8
}

// columns are the scan targets of the account columns.
func (r *accountRow) columns() []any {
	return []any{
		&r.username, &r.firstname, &r.lastname, &r.avatar, &r.role, &r.createdAt, &r.updatedAt,
		&r.followersCount, &r.followingsCount, &r.changedAt,
	}
}

// account is a user with all that its fields point to, in one piece of memory: a page has many.
type account struct {
	model.User
	stats                       model.Stats
	firstname, lastname, avatar string
}

// user is the row's account, with Stats where counts are wanted, zero where there is no row of counts; nil where there
// is no account.
func (r *accountRow) user(counts bool) *model.User {
	if r.username == nil {
		return nil
	}
	made := &account{}
	text := newTexts(r.id, r.username, r.firstname, r.lastname, r.avatar)
	made.CognitoID, made.Username = text.take(r.id), text.take(r.username)
	made.Firstname = text.optional(r.firstname, &made.firstname)
	made.Lastname = text.optional(r.lastname, &made.lastname)
	made.Avatar = text.optional(r.avatar, &made.avatar)
	made.Role = role(r.role)
	made.CreatedAt, made.UpdatedAt = r.createdAt.Time, r.updatedAt.Time
	if counts {
		made.stats.FollowersCount = int(r.followersCount.Int64)
		made.stats.FollowingsCount = int(r.followingsCount.Int64)
		if r.changedAt.Valid {
			changed := r.changedAt.Time
			made.stats.UpdatedAt = &changed
		}
		made.Stats = &made.stats
	}
	return &made.User
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

// texts cuts the texts of a row from one string, so that a row takes one piece of memory for all of them.
type texts struct{ rest string }

func newTexts(parts ...[]byte) texts {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	joined := make([]byte, 0, size)
	for _, part := range parts {
		joined = append(joined, part...)
	}
	return texts{string(joined)}
}

// take cuts off the next text, which is as long as part.
func (t *texts) take(part []byte) string {
	text := t.rest[:len(part)]
	t.rest = t.rest[len(part):]
	return text
}

// optional is take for a text that may be null; it is kept at place.
func (t *texts) optional(part []byte, place *string) *string {
	if part == nil {
		return nil
	}
	*place = t.take(part)
	return place
}
