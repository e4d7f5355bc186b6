package mirror

import (
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
)

// TestAnAccountThatSignsIn signs in with an account that memory lacks: the operation reads the user.
func TestAnAccountThatSignsIn(t *testing.T) {
	t.Parallel()
	url, conn := graphOf(t)
	gate := newDoor(t, url)
	i := start(t, gate.url, impatient)
	gate.hold()
	exec(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('new', 'new', '+9990000', '!')`)
	ctx, read, err := i.Begin(t.Context(), "")
	require.NoError(t, err)
	account, err := i.store.AccountByUsername(ctx, "new")
	require.NoError(t, err)
	users, err := i.store.Users(ctx, []model.UserKey{{CognitoID: account.CognitoID}})
	require.NoError(t, err)
	require.NotNil(t, users[0])
	require.Equal(t, "sql (behind)", read.String())
}

// TestOneLostConnection reports an error of one connection while the database is reachable: operations go on to see the
// writes of the instance.
func TestOneLostConnection(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	gate := newDoor(t, url)
	i := start(t, gate.url, impatient)
	gate.hold()
	ctx, read, err := i.Begin(t.Context(), "")
	require.NoError(t, err)
	_, err = i.store.Follow(ctx, follow("n1", "n0"))
	require.NoError(t, err)
	read.End(ctx)
	lost := apperr.New(apperr.Unavailable, "the connection was ended")
	require.ErrorIs(t, i.store.answered(t.Context(), lost), lost)
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
