package page

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"

	"followgraph/internal/timestamp"
)

// Kind names a connection. A cursor carries its kind, so that it cannot be used on another one.
// The numbers are part of the cursor's format: never reuse or renumber one.
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
	Search            Kind = 10
	FollowersYouKnow  Kind = 11
)

// usesText tells whether a cursor of the kind has a text: the sort key of connections ordered by one.
func (k Kind) usesText() bool { return k == UsersAToZ || k == UsersZToA || k == Search }

// hasList tells whether a connection of the kind walks a list of that number.
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

// walksEither tells whether a connection of the kind walks one of two lists, and has another order in each.
func (k Kind) walksEither() bool {
	return k == Friends || k == FollowersInCommon || k == FollowingInCommon || k == FollowersYouKnow
}

// ascends tells whether the elements of a connection stand in the order of their sort keys and ids, and not the other way
// round.
func (k Kind) ascends() bool { return k == OldestUsers || k == UsersAToZ || k == Search }

// Cursor is a position in a connection: just behind the element with this sort key. It names no row
// by anything but its key, so it stays valid when the row it was cut at is gone.
type Cursor struct {
	Kind Kind
	// List tells apart the lists that one connection may walk: for an intersection which of its two
	// lists (0, 1), for a search which of its columns (1 to 3). 0 for all others.
	List uint8
	At   int64 // a time, where the order is by time: timestamp.Timestamp's UnixMicro, whose order means nothing
	Text string
	ID   int64
}

const (
	cursorVersion = 1
	cursorHeader  = 1 + 1 + 1 + 8 + 8 // version, kind, list, at, id; the text follows
	maxCursorText = 1024              // bytes; a username is a character varying and much shorter
)

var cursorEncoding = base64.RawURLEncoding.Strict()

// Timestamp is At as PostgreSQL keeps it.
func (c Cursor) Timestamp() timestamp.Timestamp { return timestamp.FromUnixMicro(c.At) }

// Time is At as answers show it.
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

// decodeCursor is the inverse of String; it refuses whatever String cannot have returned for a
// position that PostgreSQL can compare.
func decodeCursor(s string) (Cursor, bool) {
	// DecodeString skips line breaks, which would give one position several cursors.
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
