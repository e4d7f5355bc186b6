package graphverify

import (
	"strconv"
	"time"

	"followgraph/internal/graphdump"
	"followgraph/internal/timestamp"
)

// userField is a field of an account, and the text that a difference shows of it.
type userField struct {
	name string
	same func(a, b *graphdump.User) bool
	text func(*graphdump.User) string
}

var userFields = []userField{
	numberField("users.id", func(u *graphdump.User) int64 { return u.ID }),
	textField("username", func(u *graphdump.User) *string { return &u.Username }),
	textField("firstname", func(u *graphdump.User) *string { return u.Firstname }),
	textField("lastname", func(u *graphdump.User) *string { return u.Lastname }),
	textField("avatar", func(u *graphdump.User) *string { return u.Avatar }),
	textField("role", func(u *graphdump.User) *string { return &u.Role }),
	numberField("the token version", func(u *graphdump.User) int64 { return u.TokenVersion }),
	{
		"created_at",
		func(a, b *graphdump.User) bool { return a.CreatedAt == b.CreatedAt },
		func(u *graphdump.User) string { return timeText(u.CreatedAt) },
	},
	shownField("createdAt", func(u *graphdump.User) *int64 { return &u.ShownCreatedAt }),
	shownField("updatedAt", func(u *graphdump.User) *int64 { return &u.ShownUpdatedAt }),
	shownField("stats.updatedAt", func(u *graphdump.User) *int64 { return u.ShownCountsAt }),
}

func textField(name string, get func(*graphdump.User) *string) userField {
	return userField{
		name,
		func(a, b *graphdump.User) bool { return same(get(a), get(b)) },
		func(u *graphdump.User) string {
			if text := get(u); text != nil {
				return quoted(*text)
			}
			return "null"
		},
	}
}

func numberField(name string, get func(*graphdump.User) int64) userField {
	return userField{
		name,
		func(a, b *graphdump.User) bool { return get(a) == get(b) },
		func(u *graphdump.User) string { return strconv.FormatInt(get(u), 10) },
	}
}

// shownField is a field with a time as answers show it, in microseconds since 1970.
func shownField(name string, get func(*graphdump.User) *int64) userField {
	return userField{
		name,
		func(a, b *graphdump.User) bool { return same(get(a), get(b)) },
		func(u *graphdump.User) string {
			if at := get(u); at != nil {
				return timeText(timestamp.FromUnixMicro(*at))
			}
			return "null"
		},
	}
}

func same[T comparable](a, b *T) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

func userName(u *graphdump.User) string { return "user " + quoted(u.CognitoID) }

func followName(f *graphdump.Follow) string {
	return quoted(string(f.Other)) + " since " + timeText(f.At) + " (id " + strconv.FormatInt(f.ID, 10) + ")"
}

func placeName(section graphdump.Section, p *graphdump.Place) string {
	key := quoted(p.Text)
	if section == graphdump.ByCreation {
		key = timeText(p.At)
	}
	return quoted(p.CognitoID) + " at " + key + " (users.id " + strconv.FormatInt(p.ID, 10) + ")"
}

// longest is the maximum number of bytes of a value that a difference shows.
const longest = 200

// quoted returns a text in quotation marks, shortened if it is long.
func quoted(text string) string {
	if len(text) > longest {
		return strconv.QuoteToGraphic(text[:longest]) + "… (" + strconv.Itoa(len(text)) + " bytes)"
	}
	return strconv.QuoteToGraphic(text)
}

func timeText(at timestamp.Timestamp) string {
	switch at {
	case timestamp.Infinity:
		return "infinity"
	case timestamp.NegativeInfinity:
		return "-infinity"
	default:
		return at.Exact().Format(time.RFC3339Nano)
	}
}
