package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

// A dry run counts what an import would do, and does nothing.
func TestImportDryRun(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	importFollows(t, db, follows("a>b b>c"), store.ImportOptions{CreateUsers: true})

	rows := follows("a>b c>d d>a c>d")
	want := store.ImportResult{Rows: 4, Added: 2, Unchanged: 2, UsersCreated: 1}
	require.Equal(t, want, importFollows(t, db, rows, store.ImportOptions{CreateUsers: true, DryRun: true}))
	require.Equal(t, "a>b b>c", pairs(t, conn))
	require.Equal(t, want, importFollows(t, db, rows, store.ImportOptions{CreateUsers: true}))

	users := []model.UserRecord{{CognitoID: "a", Username: "ada"}, {CognitoID: "x", Username: "Xenia"}, {CognitoID: "y", Username: "xenia"}}
	opts := store.UserImportOptions{ImportOptions: store.ImportOptions{DryRun: true}}
	for _, dry := range []bool{true, false} {
		opts.DryRun = dry
		result, err := db.ImportUsers(t.Context(), store.Rows(users), opts)
		require.NoError(t, err)
		require.Equal(t, store.ImportResult{Rows: 2, Added: 1, Unchanged: 1}, result)
		if dry {
			require.Empty(t, query[string](t, conn, `SELECT cognito_id FROM users WHERE cognito_id = 'x'`))
		}
	}
}
