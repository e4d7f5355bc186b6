package changes

import (
	"encoding/binary"
	"errors"
	"fmt"

	"followgraph/internal/timestamp"
)

// The tables that the stream reads.
const (
	TableUsers   = "users"
	TableFollows = "user_follows"
	TableStats   = "user_follow_stats"
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

	// Unchanged are the columns that an update left as they were and whose values the log does not contain. The fields
	// above are empty for them.
	Unchanged Columns
	// Keys are the search keys. Load sets them. In transactions they are empty until Stream.Fold is called.
	Keys Keys
}

// Columns is a set of columns of users.
type Columns uint8

// The columns of users that can be so large that PostgreSQL stores them outside of the row.
const (
	CognitoID Columns = 1 << iota
	Username
	Firstname
	Lastname
	Avatar
	names = Username | Firstname | Lastname
)

// Complete sets the unchanged columns to the values of the row before the update, and leaves none.
func (u *User) Complete(before *User) {
	if u.Unchanged&CognitoID != 0 {
		u.CognitoID = before.CognitoID
	}
	if u.Unchanged&Username != 0 {
		u.Username = before.Username
	}
	if u.Unchanged&Firstname != 0 {
		u.Firstname = before.Firstname
	}
	if u.Unchanged&Lastname != 0 {
		u.Lastname = before.Lastname
	}
	if u.Unchanged&Avatar != 0 {
		u.Avatar = before.Avatar
	}
	u.Unchanged = 0
}

// Follow is a row of user_follows.
type Follow struct {
	ID          int64
	FollowerID  string
	FollowingID string
	CreatedAt   timestamp.Timestamp
}

// FollowRow is a Follow of a snapshot. Its ids are valid until the function that receives it returns, so that a graph
// can look an id up without a copy.
type FollowRow struct {
	ID                      int64
	FollowerID, FollowingID []byte
	CreatedAt               timestamp.Timestamp
}

// Stats is the part of a row of user_follow_stats that does not follow from the follows.
type Stats struct {
	UserID    string
	UpdatedAt timestamp.Timestamp
}

// column is a column that the stream reads.
type column struct {
	name     string
	types    []uint32 // oids of its types, the preferred one first
	isEnum   bool     // may also be an enum, whose binary form is its label
	optional bool
	toast    Columns // its bit if it is text of users
}

// Oids of types (PostgreSQL, pg_type.dat).
const (
	oidInt8        = 20
	oidInt4        = 23
	oidText        = 25
	oidVarchar     = 1043
	oidTimestamptz = 1184
)

// typeNames has the names of types in SQL.
var typeNames = map[uint32]string{oidInt8: "bigint", oidText: "text", oidTimestamptz: "timestamptz"}

var (
	integers = []uint32{oidInt8, oidInt4}
	texts    = []uint32{oidText, oidVarchar}
	times    = []uint32{oidTimestamptz}
)

// columns lists the columns of each table in the order in which the decoders read them.
var columns = map[string][]column{
	TableUsers: {
		{name: "id", types: integers},
		{name: "cognito_id", types: texts, toast: CognitoID},
		{name: "username", types: texts, toast: Username},
		{name: "firstname", types: texts, optional: true, toast: Firstname},
		{name: "lastname", types: texts, optional: true, toast: Lastname},
		{name: "avatar", types: texts, optional: true, toast: Avatar},
		{name: "role", types: texts, isEnum: true},
		{name: "created_at", types: times},
		{name: "updated_at", types: times},
		{name: "token_version", types: integers},
	},
	TableFollows: {
		{name: "id", types: integers},
		{name: "follower_id", types: texts},
		{name: "following_id", types: texts},
		{name: "created_at", types: times},
	},
	TableStats: {
		{name: "user_id", types: texts},
		{name: "updated_at", types: times},
	},
}

// SchemaError is returned for a table or a row that does not have the form that this program reads. A new stream does
// not help; see Diagnose.
type SchemaError struct{ reason string }

func (e *SchemaError) Error() string { return e.reason }

func schemaError(format string, args ...any) error {
	return &SchemaError{fmt.Sprintf(format, args...)}
}

// value is a column of a row in PostgreSQL's binary format.
type value struct {
	data      []byte
	null      bool
	unchanged bool // stored outside of the row, and not in the log
}

// decoder reads the values of a row in the order of columns.
type decoder struct {
	table  string
	values []value
	at     int
	err    error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = schemaError("%s.%s %s", d.table, columns[d.table][d.at-1].name, fmt.Sprintf(format, args...))
	}
}

func (d *decoder) next() value {
	v := d.values[d.at]
	d.at++
	switch c := columns[d.table][d.at-1]; {
	case v.null && !c.optional:
		d.fail("is null, and needs a value")
	case v.unchanged && c.toast == 0:
		d.fail("is unchanged, and its old value is not in the log")
	}
	return v
}

func (d *decoder) integer() int64 {
	v := d.next()
	switch len(v.data) {
	case 4:
		return int64(int32(binary.BigEndian.Uint32(v.data)))
	case 8:
		return int64(binary.BigEndian.Uint64(v.data))
	default:
		d.fail("has %d bytes, which are not an integer", len(v.data))
		return 0
	}
}

func (d *decoder) time() timestamp.Timestamp {
	if len(d.values[d.at].data) == 4 { // not a time
		d.at++
		d.fail("has 4 bytes, which are not a time")
		return 0
	}
	return timestamp.Timestamp(d.integer())
}

func (d *decoder) bytes() []byte { return d.next().data }

func (d *decoder) text() string { return string(d.next().data) }

func (d *decoder) optional() *string {
	v := d.next()
	if v.null || v.unchanged {
		return nil
	}
	text := string(v.data)
	return &text
}

func decodeUser(v []value) (User, error) {
	d := decoder{table: TableUsers, values: v}
	u := User{
		ID: d.integer(), CognitoID: d.text(), Username: d.text(), Firstname: d.optional(), Lastname: d.optional(), Avatar: d.optional(),
		Role: d.text(), CreatedAt: d.time(), UpdatedAt: d.time(), TokenVersion: d.integer(),
	}
	for i, c := range columns[TableUsers] {
		if v[i].unchanged {
			u.Unchanged |= c.toast
		}
	}
	return u, d.err
}

func decodeFollow(v []value) (Follow, error) {
	d := decoder{table: TableFollows, values: v}
	f := Follow{d.integer(), d.text(), d.text(), d.time()}
	return f, d.err
}

func decodeFollowRow(v []value) (FollowRow, error) {
	d := decoder{table: TableFollows, values: v}
	f := FollowRow{d.integer(), d.bytes(), d.bytes(), d.time()}
	return f, d.err
}

func decodeStats(v []value) (Stats, error) {
	d := decoder{table: TableStats, values: v}
	s := Stats{d.text(), d.time()}
	return s, d.err
}

// decodeUserID decodes users.id alone, for a delete, whose row has only the key.
func decodeUserID(v []value) (int64, error) {
	d := decoder{table: TableUsers, values: v[:1]}
	id := d.integer()
	return id, d.err
}

func decodeStatsID(v []value) (string, error) {
	d := decoder{table: TableStats, values: v[:1]}
	id := d.text()
	return id, d.err
}

var errShort = errors.New("a message of the stream is shorter than its content")
