package changes

import (
	"encoding/binary"
	"errors"
	"fmt"

	"followgraph/internal/timestamp"
)

// User is the public part of a row of users, with the version of its tokens.
type User struct {
	ID           int64
	CognitoID    string
	Username     string
	Firstname    *string
	Lastname     *string
	Avatar       *string
	Role         string
	CreatedAt    timestamp.Timestamp
	UpdatedAt    timestamp.Timestamp
	TokenVersion int64
}

// Follow is a row of user_follows.
type Follow struct {
	ID          int64
	FollowerID  string
	FollowingID string
	CreatedAt   timestamp.Timestamp
}

// Stats is the part of a row of user_follow_stats that does not follow from the follows.
type Stats struct {
	UserID    string
	UpdatedAt timestamp.Timestamp
	Deleted   bool // the user's account is being deleted
}

// values are the columns of one row in PostgreSQL's binary format; nil is null.
type values [][]byte

// columns lists the columns of each table that the publication has, in the order in which the decoders read them.
var columns = map[string][]string{
	"users":             {"id", "cognito_id", "username", "firstname", "lastname", "avatar", "role", "created_at", "updated_at", "token_version"},
	"user_follows":      {"id", "follower_id", "following_id", "created_at"},
	"user_follow_stats": {"user_id", "updated_at"},
}

type decoder struct {
	values values
	at     int
	err    error
}

func (d *decoder) next() []byte {
	value := d.values[d.at]
	d.at++
	return value
}

func (d *decoder) integer() int64 {
	switch value := d.next(); len(value) {
	case 4:
		return int64(int32(binary.BigEndian.Uint32(value)))
	case 8:
		return int64(binary.BigEndian.Uint64(value))
	default:
		d.err = errors.Join(d.err, fmt.Errorf("column %d: an integer has %d bytes", d.at, len(value)))
		return 0
	}
}

func (d *decoder) text() string { return string(d.next()) }

func (d *decoder) optional() *string {
	value := d.next()
	if value == nil {
		return nil
	}
	text := string(value)
	return &text
}

func (d *decoder) time() timestamp.Timestamp { return timestamp.Timestamp(d.integer()) }

func decodeUser(v values) (User, error) {
	d := decoder{values: v}
	u := User{d.integer(), d.text(), d.text(), d.optional(), d.optional(), d.optional(), d.text(), d.time(), d.time(), d.integer()}
	return u, d.err
}

func decodeFollow(v values) (Follow, error) {
	d := decoder{values: v}
	f := Follow{d.integer(), d.text(), d.text(), d.time()}
	return f, d.err
}

func decodeStats(v values) (Stats, error) {
	d := decoder{values: v}
	s := Stats{UserID: d.text(), UpdatedAt: d.time()}
	return s, d.err
}
