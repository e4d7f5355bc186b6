package page

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"

	"followgraph/internal/timestamp"
)

// Kind is the kind of a connection. A cursor contains its kind, so that it is valid for that kind only. The numbers are
// part of the cursor's format: never reuse or renumber one.
type Kind uint8

// The connections.
const (
	Followers         Kind = 1
	Following         Kind = 2
	Friends           Kind = 3
	FollowersInCommon Kind = 4
	FollowingInCommon Kind = 5
	OldestUsers       Kind = 6
	NewestUsers       Kind = 7
	UsersAToZ         Kind = 8
	UsersZToA         Kind = 9
	FollowersYouKnow  Kind = 11
	FewestFollowers   Kind = 12
	MostFollowers     Kind = 13
	Search            Kind = 14 // 10 was an alphabetical search
)

// usesText reports whether the cursors of a kind contain a text, because the text is the sort key.
func (k Kind) usesText() bool {
	return k == UsersAToZ || k == UsersZToA || k == Search || k == FewestFollowers || k == MostFollowers
}

// hasList reports whether a connection of the kind reads the list with that number.
func (k Kind) hasList(list uint8) bool {
	switch {
	case k.walksEither():
		return list <= 1
	case k == Search:
		return 1 <= list && list <= 3
	default:
		return list == 0
	}
}

// walksEither reports whether a connection of the kind reads one of two lists, each with its own order.
func (k Kind) walksEither() bool {
	return k == Friends || k == FollowersInCommon || k == FollowingInCommon || k == FollowersYouKnow
}

// Ascends reports whether the elements of a connection are in ascending order of their sort keys and ids.
func (k Kind) Ascends() bool {
	return k == OldestUsers || k == UsersAToZ || k == FewestFollowers
}

// Cursor is a position in a connection: just after the element with this sort key. It refers to a row only by its key,
// so it stays valid when the row is deleted.
type Cursor struct {
	Kind Kind
	// List is the number of the list that the connection reads: for an intersection one of its two lists (0, 1), for a
	// search one of its columns (1 to 3), otherwise 0.
	List uint8
	// At is, if the order is by time, UnixMicro of timestamp.Timestamp, whose own order has no meaning. If the order is by
	// followers, it is their number, and Text is the user's Cognito id, which is unique: the ID of such an element is 0.
	At   int64
	Text string
	ID   int64
}

const (
	cursorVersion = 1
	cursorHeader  = 1 + 1 + 1 + 8 + 8 // version, kind, list, at, id; the text follows
	maxCursorText = 1024              // bytes; usernames are much shorter
)

var cursorEncoding = base64.RawURLEncoding.Strict()

// Timestamp returns At as PostgreSQL stores it.
func (c Cursor) Timestamp() timestamp.Timestamp { return timestamp.FromUnixMicro(c.At) }

// Time returns At as answers show it.
func (c Cursor) Time() time.Time { return c.Timestamp().Time() }

// String encodes the cursor in URL-safe base64 without padding.
func (c Cursor) String() string {
	var stack [64]byte
	raw := append(stack[:0], cursorVersion, byte(c.Kind), c.List)
	raw = binary.BigEndian.AppendUint64(raw, uint64(c.At))
	raw = binary.BigEndian.AppendUint64(raw, uint64(c.ID))
	raw = append(raw, c.Text...)
	return cursorEncoding.EncodeToString(raw)
}

// decodeCursor is the inverse of String. It refuses strings that String cannot have returned for a position that
// PostgreSQL can compare.
func decodeCursor(s string) (Cursor, bool) {
	// DecodeString ignores line breaks, so one position would have several cursors.
	if len(s) > cursorEncoding.EncodedLen(cursorHeader+maxCursorText) || strings.ContainsAny(s, "\r\n") {
		return Cursor{}, false
	}
	raw, err := cursorEncoding.DecodeString(s)
	if err != nil || len(raw) < cursorHeader || raw[0] != cursorVersion {
		return Cursor{}, false
	}
	c := Cursor{
		Kind: Kind(raw[1]),
		List: raw[2],
		At:   int64(binary.BigEndian.Uint64(raw[3:])),
		ID:   int64(binary.BigEndian.Uint64(raw[11:])),
		Text: string(raw[cursorHeader:]),
	}
	if !c.Timestamp().Valid() || !c.Kind.hasList(c.List) || !c.Kind.usesText() && c.Text != "" ||
		!utf8.ValidString(c.Text) || strings.ContainsRune(c.Text, 0) {
		return Cursor{}, false
	}
	return c, true
}
