package profile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/profile"
)

var errChanged = errors.New("it is kept in another form")

// kept reports whether a parser returns a value unchanged.
func kept(parse func(string) (string, error)) func(string) error {
	return func(given string) error {
		got, err := parse(given)
		if err == nil && got != given {
			return errChanged
		}
		return err
	}
}

func TestChecks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		field string
		check func(string) error
		good  []string
		bad   []string
	}{
		{
			field: "username", check: profile.CheckUsername,
			good: []string{"a", "ada", "_x", "user_5", "A.b-c_9", strings.Repeat("x", 64)},
			bad:  []string{"", ".a", "-a", "a b", "ada\n", "adé", "a@b", "a\u200bda", "аdmin", "ada\ufe0f", strings.Repeat("x", 65)},
		},
		{
			field: "phone number", check: profile.CheckPhoneNumber,
			good: []string{"+1234567", "+999123456789012"},
			bad:  []string{"", "1234567", "+0234567", "+123456", "+9991234567890123", "+12 34567", "+1234567\n"},
		},
		{
			field: "email", check: kept(profile.ParseEmail),
			good: []string{"a@b", "ada@example.org", `"a@b"@example.org`, "josé@example.org"},
			bad:  []string{"", "ada", "@b", "a@", "a b@c", "a@b\x00", "\xff@b", "a\u200b@b", "a@\u202eb", "a\u00ad@b", strings.Repeat("x", 253) + "@b"},
		},
		{
			field: "avatar", check: profile.CheckAvatar,
			good: []string{"https://avatars.example/a.png", "http://h/?q=1", "https://h/é"},
			bad:  []string{"", "a.png", "javascript:alert(1)", "ftp://h/a", "https:///a", "https://h/\x7f", "https://h/\u202egnp.exe", "https://h/" + strings.Repeat("x", 2048)},
		},
		{
			field: "text", check: kept(profile.ParseText),
			good: []string{"", "Łukasz", "王", strings.Repeat("é", 255)},
			bad:  []string{"a\x00", "a\tb", "\xff", "a\u2028b", "a" + strings.Repeat("\u0301", 31), strings.Repeat("\u200b", 8<<10), strings.Repeat("é", 256)},
		},
		{
			field: "role", check: profile.CheckRole,
			good: profile.Roles,
			bad:  []string{"", "owner", "ADMIN"},
		},
	} {
		t.Run(test.field, func(t *testing.T) {
			t.Parallel()
			for _, value := range test.good {
				require.NoError(t, test.check(value), "%q", value)
			}
			for _, value := range test.bad {
				require.Error(t, test.check(value), "%q", value)
			}
		})
	}
}
