package social

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
)

// memoryAccounts are the accounts of a graph in memory that lacks all of them.
type memoryAccounts struct {
	current bool
	onRead  func() // called by ReadSQL
}

func (m *memoryAccounts) TokenVersion(string) (int64, model.UserRole, bool, bool) {
	return 0, "", false, m.current
}

func (m *memoryAccounts) CallerAway(context.Context, string, bool) (int64, model.UserRole, bool) {
	return 0, "", false
}

func (m *memoryAccounts) ReadSQL(context.Context) { m.onRead() }

// TestADeletionEndsTokensOfCachedCallers deletes an account that is cached: memory knows it, so the cache does not count.
func TestADeletionEndsTokensOfCachedCallers(t *testing.T) {
	t.Parallel()
	l := &slowAccounts{account: accountAtVersion(0)}
	s, _ := newCallerService(l)
	memory := &memoryAccounts{onRead: func() {}}
	s.options.Accounts = memory
	_, err := s.Caller(t.Context(), localIdentity(0))
	require.NoError(t, err, "memory is loading")

	memory.current = true
	_, err = s.Caller(t.Context(), localIdentity(0))
	require.NoError(t, err, "the database still shows it, because memory sees the deletion earlier")
	l.set(nil)
	_, err = s.Caller(t.Context(), localIdentity(0))
	require.Equal(t, errTokenEnded, err)
}

// TestAnAccountOfSQLIsReadFirst looks an account up that memory lacks: the operation learns its position after the
// lookup, so that it includes the account.
func TestAnAccountOfSQLIsReadFirst(t *testing.T) {
	t.Parallel()
	l := &slowAccounts{}
	s, _ := newCallerService(l)
	var lookups []int64
	s.options.Accounts = &memoryAccounts{current: true, onRead: func() { lookups = append(lookups, l.count.Load()) }}
	_, err := s.Caller(t.Context(), cognitoIdentity)
	require.NoError(t, err)
	require.Empty(t, lookups, "there is no account")
	l.set(accountAtVersion(0))
	caller, err := s.Caller(t.Context(), cognitoIdentity)
	require.NoError(t, err)
	require.True(t, caller.Registered)
	require.Equal(t, []int64{2}, lookups)
}
