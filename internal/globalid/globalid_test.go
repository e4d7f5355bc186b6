package globalid_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/globalid"
)

func TestUserRoundTrip(t *testing.T) {
	t.Parallel()
	for _, cognitoID := range []string{"0", "eu-west-1:6f1b", "ünï/cödé?", strings.Repeat("x", globalid.MaxCognitoID)} {
		id := globalid.User(cognitoID)
		require.NotContains(t, id, "=")
		got, err := globalid.ParseUser("id", id)
		require.NoError(t, err)
		require.Equal(t, cognitoID, got)
	}
}

func TestParseUserRefuses(t *testing.T) {
	t.Parallel()
	raw := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, id := range map[string]string{
		"empty":             "",
		"not base64":        "%%%",
		"padded":            base64.URLEncoding.EncodeToString([]byte("User:42")),
		"a line break":      raw("User:7")[:4] + "\n" + raw("User:7")[4:],
		"trailing bits":     "VXNlcjo3OR",
		"another type":      raw("Post:7"),
		"no id":             raw("User:"),
		"NUL":               raw("User:a\x00b"),
		"not UTF-8":         raw("User:\xff"),
		"longer than bound": globalid.User(strings.Repeat("x", globalid.MaxCognitoID+1)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := globalid.ParseUser("with", id)
			require.ErrorContains(t, err, "with is not a valid global id")
			require.Equal(t, apperr.BadUserInput, apperr.CodeOf(err))
		})
	}
}

func FuzzParseUser(f *testing.F) {
	f.Add(globalid.User("7"))
	f.Add("VXNlcjo=")
	f.Fuzz(func(t *testing.T, id string) {
		cognitoID, err := globalid.ParseUser("id", id)
		if err == nil && globalid.User(cognitoID) != id {
			t.Fatalf("%q and %q name the same user", id, globalid.User(cognitoID))
		}
	})
}
