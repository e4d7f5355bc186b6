package store

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
)

func TestAccountByClaims(t *testing.T) {
	t.Parallel()
	s := open(t)
	linkWorld(t, s, `('ann', '+41446681800', 'ann@example.org', 'x'), ('bob', '044 668 18 01', 'Bob@example.org', 'x'),
		('cem', '+41446681802', 'cem@example.org', 'x'), ('Cem', '+41446681803', 'CEM@example.org', 'x'), ('dan', '+41 44 668 18 04', NULL, 'x')`)
	type claims = model.VerifiedClaims
	for name, test := range map[string]struct {
		wanted, proved claims
		want           string
	}{
		"email":                       {claims{"ann@example.org", ""}, claims{"ann@example.org", ""}, "ann"},
		"number":                      {claims{"", "+41446681800"}, claims{"", "+41446681800"}, "ann"},
		"both":                        {claims{"ann@example.org", "+41446681800"}, claims{"ann@example.org", "+41446681800"}, "ann"},
		"nothing":                     {claims{}, claims{}, ""},
		"unknown":                     {claims{"zoe@example.org", "+41446681899"}, claims{"zoe@example.org", "+41446681899"}, ""},
		"another case":                {claims{"ANN@example.org", ""}, claims{"ANN@example.org", ""}, ""},
		"two that differ in case":     {claims{"cem@example.org", ""}, claims{"cem@example.org", ""}, ""},
		"of two accounts":             {claims{"ann@example.org", "+41446681802"}, claims{"ann@example.org", "+41446681802"}, ""},
		"a number that was passed on": {claims{"", "+41446681800"}, claims{"new@example.org", "+41446681800"}, ""},
		"an address, another number":  {claims{"ann@example.org", ""}, claims{"ann@example.org", "+41446681899"}, ""},
		"a number without a country":  {claims{"Bob@example.org", ""}, claims{"Bob@example.org", "+41446681899"}, "bob"},
		"a number in another form":    {claims{"", "+41446681804"}, claims{"", "+41446681804"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := s.AccountByClaims(t.Context(), test.wanted, test.proved)
			require.NoError(t, err)
			if test.want == "" {
				require.Nil(t, found)
				return
			}
			require.NotNil(t, found)
			require.Equal(t, test.want, found.Username)
			require.Equal(t, model.UserRoleEndUser, found.Role)
		})
	}
}
