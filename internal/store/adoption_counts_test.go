package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

func TestAdoptionCounts(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	counts, err := db.AdoptionCounts(t.Context())
	require.NoError(t, err)
	require.Zero(t, counts)
	makeAccounts(t, conn, 3)
	run(t, conn, `INSERT INTO users (username, phone_number, password_hash) VALUES ('a', '+1', '!'), ('b', '+2', '!')`)
	run(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('local', 'c', '+3', '!'), ('local.x', 'd', '+4', '!'), ('Local-x', 'e', '+5', '!')`)
	importFollows(t, db, follows("n0>n1 n0>x y>n0 x>y z>x"), store.ImportOptions{})
	counts, err = db.AdoptionCounts(t.Context())
	require.NoError(t, err)
	require.Equal(t, store.AdoptionCounts{Unlinked: 2, UnknownFollowers: 3, UnknownFollowing: 3}, counts)
}
