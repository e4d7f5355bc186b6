package store

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
)

func TestAccountByClaims(t *testing.T) {
	t.Parallel()
	s := open(t)
	openWithAccounts(t, s, `('ann', '+41446681800', 'ann@example.org', 'x'), ('bob', '044 668 18 01', 'Bob@example.org', 'x'),
		('cem', '+41446681802', 'cem@example.org', 'x'), ('Cem', '+41446681803', 'CEM@example.org', 'x'), ('dan', '+41 44 668 18 04', NULL, 'x')`)
	has := func(email, number string) model.VerifiedClaims {
		return model.VerifiedClaims{Email: email, PhoneNumber: number}
	}
	for name, test := range map[string]struct {
		wanted, proved model.VerifiedClaims
		want           string
	}{
		"email":                       {has("ann@example.org", ""), has("ann@example.org", ""), "ann"},
		"number":                      {has("", "+41446681800"), has("", "+41446681800"), "ann"},
		"both":                        {has("ann@example.org", "+41446681800"), has("ann@example.org", "+41446681800"), "ann"},
		"nothing":                     {has("", ""), has("", ""), ""},
		"unknown":                     {has("zoe@example.org", "+41446681899"), has("zoe@example.org", "+41446681899"), ""},
		"another case":                {has("ANN@example.org", ""), has("ANN@example.org", ""), ""},
		"two that differ in case":     {has("cem@example.org", ""), has("cem@example.org", ""), ""},
		"of two accounts":             {has("ann@example.org", "+41446681802"), has("ann@example.org", "+41446681802"), ""},
		"a number that was passed on": {has("", "+41446681800"), has("new@example.org", "+41446681800"), ""},
		"an address, another number":  {has("ann@example.org", ""), has("ann@example.org", "+41446681899"), ""},
		"a number without a country":  {has("Bob@example.org", ""), has("Bob@example.org", "+41446681899"), "bob"},
		"a number in another form":    {has("", "+41446681804"), has("", "+41446681804"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			account, err := s.AccountByClaims(t.Context(), test.wanted, test.proved)
			require.NoError(t, err)
			if test.want == "" {
				require.Nil(t, account)
				return
			}
			require.NotNil(t, account)
			require.Equal(t, test.want, account.Username)
			require.Equal(t, model.UserRoleEndUser, account.Role)
		})
	}
}
