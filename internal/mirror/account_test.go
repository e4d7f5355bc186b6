package mirror

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

// TestAnAccountThatMemoryLacks reads an account by SQL before the graph: the graph is not older.
func TestAnAccountThatMemoryLacks(t *testing.T) {
	t.Parallel()
	for name, readSQL := range map[string]func(context.Context, *instance) error{
		"of a token": func(ctx context.Context, i *instance) error { i.ReadSQL(ctx); return nil },
		"that signs in": func(ctx context.Context, i *instance) error {
			account, err := i.store.AccountByUsername(ctx, "new")
			if err == nil && account.CognitoID != "new" {
				err = fmt.Errorf("the account is %q", account.CognitoID)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, conn := graphOf(t)
			gate := newDoor(t, url)
			i := start(t, gate.url, impatient)
			gate.hold()
			exec(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('new', 'new', '+9990000', '!')`)
			ctx, read := i.begin(t, "")
			require.NoError(t, readSQL(ctx, i))
			users, err := i.store.Users(ctx, []model.UserKey{{CognitoID: "new"}})
			require.NoError(t, err)
			require.NotNil(t, users[0])
			require.Equal(t, "sql (behind)", read.String())
		})
	}
}

// TestOneLostConnection reports an error of one connection while the database is reachable: operations go on to see the
// writes of the instance.
func TestOneLostConnection(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	gate := newDoor(t, url)
	i := start(t, gate.url, impatient)
	gate.hold()
	ctx, read := i.begin(t, "")
	_, err := i.store.Follow(ctx, follow("n1", "n0"))
	require.NoError(t, err)
	read.End(ctx)
	lost := apperr.New(apperr.Unavailable, "the connection was ended")
	_, _, result := i.bySQL(t.Context())
	require.ErrorIs(t, result(lost), lost)
	count, source, _ := i.followers(t, "n0", "")
	require.Equal(t, 1, count, source)
}

// TestTokensAfterAWriteWithoutAPosition makes a write whose position is unknown: memory does not decide about tokens.
func TestTokensAfterAWriteWithoutAPosition(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	i := newInstance(t, url, nil)
	i.blind.Add(1)
	i.run(t)
	i.waitFor(t, true)
	require.Eventually(t, func() bool { return i.blind.Load() == 0 }, testTimeout, tick)
	_, _, _, current := i.TokenVersion("n0")
	require.True(t, current)
	i.blind.Add(1)
	_, _, _, current = i.TokenVersion("n0")
	require.False(t, current)
}
