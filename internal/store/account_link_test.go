package store

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/store/nopassword"
)

// openWithAccounts inserts accounts of the previous service, by their usernames.
func openWithAccounts(t *testing.T, s *Store, accounts string) {
	t.Helper()
	_, err := s.pool.Exec(t.Context(), `INSERT INTO users (username, phone_number, email, password_hash) VALUES `+accounts)
	require.NoError(t, err)
}

// linkAndReport runs LinkAccounts and returns its results, one line each: username, pool user, rule or reason.
func linkAndReport(t *testing.T, s *Store, pool iter.Seq2[model.PoolUser, error], opts LinkOptions) (links, left []string, result LinkResult) {
	t.Helper()
	names := map[int64]string{0: "-"}
	rows, _ := s.pool.Query(t.Context(), "SELECT id, username FROM users")
	var id int64
	var name string
	_, err := pgx.ForEachRow(rows, []any{&id, &name}, func() error { names[id] = name; return nil })
	require.NoError(t, err)
	opts.OnLink = func(l Link) error {
		links = append(links, fmt.Sprintf("%s %s %s", names[l.Account], l.CognitoID, l.Rule))
		return nil
	}
	opts.OnProblem = func(p LinkProblem) error {
		left = append(left, fmt.Sprintf("%s %s %s: %s", names[p.Account], p.CognitoID, p.Kind, p.Reason))
		return nil
	}
	result, err = s.LinkAccounts(t.Context(), pool, opts)
	require.NoError(t, err)
	requireNoDrift(t, s)
	slices.Sort(links)
	slices.Sort(left)
	return links, left, result
}

func TestLinkRules(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		accounts string
		pool     []model.PoolUser
		opts     LinkOptions
		links    []string
		left     []string
	}{
		"by each rule": {
			`('ann', '1', NULL, 'x'), ('Bob', '2', NULL, 'x'), ('cem', '044 668 18 00', NULL, 'x'), ('dan', '+41 44 668 18 01', NULL, 'x'), ('eve', '3', 'Eve@Example.org', 'x'), ('fay', '4', NULL, 'x')`,
			[]model.PoolUser{
				{CognitoID: "s-ann", Username: "ann"}, {CognitoID: "s-bob", Username: "bOB"}, {CognitoID: "s-cem", Username: "x", PhoneNumber: "+41446681800"},
				{CognitoID: "s-dan", PhoneNumber: "+41446681801"}, {CognitoID: "s-eve", Email: "eve@example.ORG"}, {CognitoID: "s-gus", Username: "gus"},
			},
			LinkOptions{Region: "CH"},
			[]string{"Bob s-bob username", "ann s-ann username", "cem s-cem phone number", "dan s-dan phone number", "eve s-eve verified email"},
			[]string{"- s-gus unknown: no account matches", "fay  unknown: no pool user matches"},
		},
		"no region": {
			`('cem', '044 668 18 00', NULL, 'x'), ('dan', '+41 44 668 18 01', NULL, 'x')`,
			[]model.PoolUser{{CognitoID: "s-cem", PhoneNumber: "+41446681800"}, {CognitoID: "s-dan", PhoneNumber: "+41446681801"}},
			LinkOptions{},
			[]string{"dan s-dan phone number"},
			[]string{"- s-cem unknown: no account matches", "cem  unknown: no pool user matches"},
		},
		"the exact name before another case": {
			`('Ann', '1', NULL, 'x'), ('ann', '2', NULL, 'x')`,
			[]model.PoolUser{{CognitoID: "s-1", Username: "ann"}, {CognitoID: "s-2", Username: "Ann"}, {CognitoID: "s-3", Username: "ANN"}},
			LinkOptions{},
			[]string{"Ann s-2 username", "ann s-1 username"},
			[]string{"- s-3 unknown: no account matches"},
		},
		"names that differ in case alone": {
			`('Ann', '1', NULL, 'x'), ('ann', '2', NULL, 'x')`,
			[]model.PoolUser{{CognitoID: "s", Username: "ANN"}},
			LinkOptions{}, nil,
			[]string{"Ann s ambiguous: the pool user matches several accounts (by username)", "ann s ambiguous: the pool user matches several accounts (by username)"},
		},
		"one number in two forms": {
			`('ann', '+41446681800', NULL, 'x'), ('bob', '044 668 18 00', NULL, 'x')`,
			[]model.PoolUser{{CognitoID: "s", PhoneNumber: "+41446681800"}},
			LinkOptions{Region: "CH"}, nil,
			[]string{"ann s ambiguous: the pool user matches several accounts (by phone number)", "bob s ambiguous: the pool user matches several accounts (by phone number)"},
		},
		"an address that two pool users have": {
			`('ann', '1', 'ann@example.org', 'x')`,
			[]model.PoolUser{{CognitoID: "s-1", Email: "ann@example.org"}, {CognitoID: "s-2", Email: "Ann@example.org"}},
			LinkOptions{}, nil,
			[]string{"ann s-1 ambiguous: several pool users match the account (by verified email)", "ann s-2 ambiguous: several pool users match the account (by verified email)"},
		},
		"two rules that lead to different users": {
			`('ann', '+41446681800', NULL, 'x')`,
			[]model.PoolUser{{CognitoID: "s-1", Username: "ann"}, {CognitoID: "s-2", PhoneNumber: "+41446681800"}},
			LinkOptions{}, nil,
			[]string{"ann s-1 ambiguous: several pool users match the account (by username)", "ann s-2 ambiguous: several pool users match the account (by phone number)"},
		},
		"two rules that lead to one user, and a user twice": {
			`('ann', '+41446681800', 'ann@example.org', 'x')`,
			[]model.PoolUser{{CognitoID: "s", Username: "ann", PhoneNumber: "+41446681800"}, {CognitoID: "s", Email: "ann@example.org"}},
			LinkOptions{}, []string{"ann s username"}, nil,
		},
		"a name that another pool user has": {
			`('ann', '+41446681800', 'ann@example.org', 'x'), ('bob', '+41446681801', 'bob@example.org', 'x')`,
			[]model.PoolUser{
				{CognitoID: "s-1", Username: "ann", PhoneNumber: "+41446681809", Email: "eve@example.org"},
				{CognitoID: "s-2", Username: "bob", PhoneNumber: "+41446681801", Email: "new@example.org"},
			},
			LinkOptions{},
			[]string{"bob s-2 username"},
			[]string{"ann s-1 refused: only the usernames agree: phone number or email address differ (--trust-usernames links them) (by username)"},
		},
		"a name that is trusted": {
			`('ann', '+41446681800', 'ann@example.org', 'x')`,
			[]model.PoolUser{{CognitoID: "s-1", Username: "ann", Email: "eve@example.org"}},
			LinkOptions{TrustUsernames: true}, []string{"ann s-1 username"}, nil,
		},
		"an unconfirmed pool user": {
			`('ann', '+41446681800', NULL, 'x')`,
			[]model.PoolUser{{CognitoID: "s-1", Username: "ann", Unconfirmed: true}, {CognitoID: "s-2", PhoneNumber: "+41446681800"}, {CognitoID: "s-3", Username: "new", Unconfirmed: true}},
			LinkOptions{}, []string{"ann s-2 phone number"},
			[]string{"- s-3 refused: the pool user is UNCONFIRMED", "ann s-1 refused: the pool user is UNCONFIRMED (by username)"},
		},
		"a mapping": {
			`('ann', '1', NULL, 'x'), ('bob', '2', NULL, 'x')`,
			[]model.PoolUser{{CognitoID: "s-1", AccountID: 2}, {CognitoID: "s-2", AccountID: 99}},
			LinkOptions{}, []string{"bob s-1 id in the mapping"},
			[]string{"- s-2 unknown: no account matches", "ann  unknown: no pool user matches"},
		},
		"a column": {
			`('ann', '1', NULL, 'x'), ('bob', '2', NULL, 'x'), ('cem', '3', NULL, 'x')`,
			nil, LinkOptions{Column: "the sub"},
			[]string{"ann s-ann column", "bob s-bob column"}, []string{"cem  unknown: no pool user matches"},
		},
		"a column and a pool": {
			`('ann', '1', NULL, 'x'), ('bob', '2', NULL, 'x')`,
			[]model.PoolUser{{CognitoID: "s-ann"}, {CognitoID: "s-eve", Username: "eve"}}, LinkOptions{Column: "the sub", WithPool: true},
			[]string{"ann s-ann column"},
			[]string{"- s-eve unknown: no account matches", "bob s-bob refused: the column names an id that the pool does not have (by column)"},
		},
		"a column that says otherwise": {
			`('ann', '1', NULL, 'x')`,
			[]model.PoolUser{{CognitoID: "s-ann"}, {CognitoID: "s-2", Username: "ann"}}, LinkOptions{Column: "the sub", WithPool: true}, nil,
			[]string{"ann s-2 ambiguous: several pool users match the account (by username)", "ann s-ann ambiguous: several pool users match the account (by column)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			openWithAccounts(t, s, test.accounts)
			if test.opts.Column != "" {
				execute(t, s, `ALTER TABLE users ADD "the sub" text`)
				execute(t, s, `UPDATE users SET "the sub" = 's-' || username WHERE username IN ('ann', 'bob')`)
			}
			before := rowsOf(t, s, "SELECT users::text FROM users ORDER BY id")
			dry := test.opts
			dry.DryRun = true
			links, left, result := linkAndReport(t, s, Rows(test.pool), dry)
			require.Equal(t, test.links, links)
			require.Equal(t, test.left, left)
			require.Equal(t, before, rowsOf(t, s, "SELECT users::text FROM users ORDER BY id"))
			links, left, again := linkAndReport(t, s, Rows(test.pool), test.opts)
			require.Equal(t, test.links, links)
			require.Equal(t, test.left, left)
			require.Equal(t, result, again)
			for _, line := range test.links {
				var username, id, rule string
				_, err := fmt.Sscan(line, &username, &id, &rule)
				require.NoError(t, err)
				require.Equal(t, 1, count(t, s, "SELECT count(*) FROM users WHERE username = $1 AND cognito_id = $2", username, id))
			}
			links, _, _ = linkAndReport(t, s, Rows(test.pool), test.opts)
			require.Empty(t, links, "what is linked stays linked")
		})
	}
}

// TestLinkMoves checks that follows and counts under a made-up id move along, and that a pool user keeps an existing
// account.
func TestLinkMoves(t *testing.T) {
	t.Parallel()
	s := open(t)
	openWithAccounts(t, s, `('ann', '1', NULL, 'x'), ('bob', '2', NULL, 'x'), ('cem', '3', NULL, 'x'), ('dan', '4', NULL, 'x')`)
	execute(t, s, "UPDATE users SET cognito_id = 'local-' || username")
	for _, twin := range []string{"ann", "cem"} {
		account := newAccountNamed("twin" + twin)
		account.CognitoID = "s-" + twin
		if twin == "cem" {
			account.Password = "$2b$hash"
		}
		createAccount(t, s, account)
	}
	newFollows(t, s, [2]string{"local-ann", "s-bob"}, [2]string{"s-bob", "local-bob"}, [2]string{"s-bob", "s-ann"}, [2]string{"s-dan", "s-bob"}, [2]string{"unknown", "s-dan"})
	execute(t, s, "INSERT INTO user_follow_stats (user_id, deleted_at) VALUES ('s-eve', now())")
	openWithAccounts(t, s, `('eve', '5', NULL, 'x')`)
	var pool []model.PoolUser
	for _, name := range []string{"ann", "bob", "cem", "dan", "eve"} {
		pool = append(pool, model.PoolUser{CognitoID: "s-" + name, Username: name})
	}
	links, left, result := linkAndReport(t, s, Rows(pool), LinkOptions{EndPasswords: true})
	require.Equal(t, []string{"ann s-ann username", "bob s-bob username", "dan s-dan username"}, links)
	require.Equal(t, []string{
		"cem s-cem refused: the pool user already has another account (by username)",
		"eve s-eve refused: an account of the pool user is being deleted: try again later (by username)",
	}, left)
	require.EqualValues(t, 4, result.Follows, "one of oneself went")
	require.EqualValues(t, 3, result.Complete)
	none := " " + nopassword.Hash
	require.Equal(t, []string{"s-ann ann" + none, "s-bob bob" + none, "s-cem twincem $2b$hash", "s-dan dan" + none},
		rowsOf(t, s, "SELECT concat_ws(' ', cognito_id, username, password_hash) FROM users WHERE cognito_id NOT LIKE 'local%' ORDER BY 1"))
}

// TestLinkNumbers links accounts by users.id, which the follows name, and then again with the pool.
func TestLinkNumbers(t *testing.T) {
	t.Parallel()
	s := open(t)
	openWithAccounts(t, s, `('ann', '1', NULL, 'x'), ('bob', '2', NULL, 'x')`)
	_, err := s.LinkAccounts(t.Context(), Rows[model.PoolUser](nil), LinkOptions{IDs: true})
	require.ErrorContains(t, err, "no follow names an account by its number")
	newFollows(t, s, [2]string{"1", "2"}, [2]string{"2", "77"})
	links, _, result := linkAndReport(t, s, Rows[model.PoolUser](nil), LinkOptions{IDs: true})
	require.Equal(t, []string{"ann 1 users.id", "bob 2 users.id"}, links)
	require.EqualValues(t, 1, result.Complete)

	pool := Rows([]model.PoolUser{{CognitoID: "s-ann", Username: "ann"}})
	links, _, result = linkAndReport(t, s, pool, LinkOptions{})
	require.Empty(t, links)
	require.EqualValues(t, 2, result.Unmarked)
	links, _, _ = linkAndReport(t, s, pool, LinkOptions{Unmarked: true})
	require.Equal(t, []string{"ann s-ann username"}, links)
	require.Equal(t, []string{"2 77", "s-ann 2"}, rowsOf(t, s, "SELECT concat_ws(' ', follower_id, following_id) FROM user_follows ORDER BY 1"))
}

// TestLinkErrors checks an unknown column, and a pool that cannot be read.
func TestLinkErrors(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, err := s.LinkAccounts(t.Context(), Rows[model.PoolUser](nil), LinkOptions{Column: "no such"})
	require.EqualError(t, err, `the table users has no column "no such"`)
	_, err = s.LinkAccounts(t.Context(), func(yield func(model.PoolUser, error) bool) { yield(model.PoolUser{}, io.ErrNoProgress) }, LinkOptions{})
	require.ErrorIs(t, err, io.ErrNoProgress)
}

// TestLinkConstraint checks that a constraint of the team prevents the link of one account, and of no other.
func TestLinkConstraint(t *testing.T) {
	t.Parallel()
	s := open(t)
	openWithAccounts(t, s, `('ann', '1', NULL, 'x'), ('bob', '2', NULL, 'x'), ('cem', '3', NULL, 'x')`)
	execute(t, s, "ALTER TABLE users ADD CONSTRAINT short CHECK (username <> 'bob' OR cognito_id LIKE 'local%')")
	links, left, _ := linkAndReport(t, s, Rows([]model.PoolUser{{CognitoID: "1", Username: "ann"}, {CognitoID: "2", Username: "bob"}, {CognitoID: "3", Username: "cem"}}), LinkOptions{})
	require.Equal(t, []string{"ann 1 username", "cem 3 username"}, links)
	require.Equal(t, []string{"bob 2 refused: the constraint short of the table users does not allow it (by username)"}, left)
}
