package profile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/profile"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"ada", "Ada", "ADA", "aDa"},
		{"JOSÉ", "josé", "Jose\u0301", "jose\u0301"},
		{"Straße", "STRASSE", "strasse", "STRAẞE"},
		{"ΟΔΟΣ", "οδος", "οδοσ"},
		{"ИВАН", "Иван"},
	} {
		for _, each := range same {
			require.Equal(t, profile.Fold(same[0]), profile.Fold(each), each)
		}
	}
	folded := []string{profile.Fold("ada"), profile.Fold("аda"), profile.Fold("adà"), profile.Fold("ad"), profile.Fold("I"), profile.Fold("ı")}
	slices.Sort(folded)
	require.Len(t, slices.Compact(folded), 6)
}

func TestNFC(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Ada", profile.NFC("Ada"))
	require.Equal(t, "Émile", profile.NFC("E\u0301mile"))
	long := strings.Repeat("E\u0301", 1<<20)
	require.Equal(t, long, profile.NFC(long))
}

func TestReserved(t *testing.T) {
	t.Parallel()
	reserved := profile.NewReserved(profile.ReservedNames)
	for _, name := range []string{
		"admin", "Admin", "ADMIN", "adm1n", "admln", "adrnin", "_admin", "ad.min", "admin-", "r00t", "supp0rt", "heIp",
		"administrator", "root", "support", "help", "moderator", "system", "security", "followgraph", "owner", "api",
		"graphql", "www", "mail", "null", "undefined", "me", "viewer",
	} {
		require.True(t, reserved.Has(name), name)
	}
	for _, name := range []string{"ada", "admin1", "admin2", "administer", "supporter", "rooty", "Ada.Lovelace", "_", "__", "x", "user", "meg", "owen"} {
		require.False(t, reserved.Has(name), name)
	}
	require.False(t, profile.NewReserved(nil).Has("admin"))
	require.True(t, profile.NewReserved([]string{"_"}).Has("_"))
	require.False(t, profile.NewReserved([]string{"_"}).Has("__"))
	for _, name := range profile.ReservedNames {
		require.NoError(t, profile.CheckUsername(name))
	}
}
