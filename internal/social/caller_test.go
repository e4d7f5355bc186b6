package social

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/auth"
	"followgraph/internal/model"
	"followgraph/internal/viewer"
)

// slowAccounts is a table of accounts whose lookups a test can block.
type slowAccounts struct {
	mu      sync.Mutex
	account *model.Account
	err     error
	count   atomic.Int64
	reads   chan struct{} // if not nil, receives a value for each lookup that has read the account
	release chan struct{} // what the lookup then waits for
}

func (l *slowAccounts) find(ctx context.Context, _ string) (*model.Account, error) {
	l.mu.Lock()
	account, err := l.account, l.err
	l.mu.Unlock()
	l.count.Add(1)
	if l.reads != nil {
		l.reads <- struct{}{}
		select {
		case <-l.release:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return account, err
}

func (l *slowAccounts) set(account *model.Account) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.account = account
}

// manualClock is advanced by tests.
type manualClock struct{ at atomic.Int64 }

func (c *manualClock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *manualClock) advance(d time.Duration) { c.at.Add(int64(d)) }

func accountAtVersion(n int64) *model.Account {
	return &model.Account{CognitoID: "id-ada", Role: model.UserRoleAgent, TokenVersion: n}
}

// newCallerService returns a service that looks up callers in l.
func newCallerService(l *slowAccounts) (*Service, *manualClock) {
	c := &manualClock{}
	return &Service{callers: newCallerCache(l.find, c.now)}, c
}

func localIdentity(accountAtVersion int64) auth.Identity {
	return auth.Identity{Subject: "id-ada", Local: true, Version: accountAtVersion}
}

var cognitoIdentity = auth.Identity{Subject: "id-ada"}

func TestCaller(t *testing.T) {
	t.Parallel()
	operator := accountAtVersion(2)
	operator.Role = model.UserRoleOptUser
	for _, test := range []struct {
		name     string
		account  *model.Account
		identity auth.Identity
		want     viewer.Viewer
		ended    bool
	}{
		{"local", accountAtVersion(2), localIdentity(2), viewer.Viewer{CognitoID: "id-ada", Registered: true}, false},
		{"local operator", operator, localIdentity(2), viewer.Viewer{CognitoID: "id-ada", Registered: true, Operator: true}, false},
		{"local, of an earlier password", accountAtVersion(2), localIdentity(1), viewer.Viewer{}, true},
		{"local, of no password yet", accountAtVersion(2), localIdentity(3), viewer.Viewer{}, true},
		{"local, deleted", nil, localIdentity(0), viewer.Viewer{}, true},
		{"Cognito", accountAtVersion(2), cognitoIdentity, viewer.Viewer{CognitoID: "id-ada", Registered: true}, false},
		{"Cognito operator", operator, cognitoIdentity, viewer.Viewer{CognitoID: "id-ada", Registered: true, Operator: true}, false},
		{"Cognito without an account", nil, cognitoIdentity, viewer.Viewer{CognitoID: "id-ada"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, _ := newCallerService(&slowAccounts{account: test.account})
			for range 2 {
				got, err := s.Caller(t.Context(), test.identity)
				if test.ended {
					require.Equal(t, apperr.New(apperr.Unauthenticated, "the token is no longer valid: sign in again"), err)
				} else {
					require.NoError(t, err)
				}
				require.Equal(t, test.want, got)
			}
		})
	}
}

func TestCallerIsCached(t *testing.T) {
	t.Parallel()
	l := &slowAccounts{account: accountAtVersion(0)}
	s, manualClock := newCallerService(l)
	ask := func(id auth.Identity) error {
		_, err := s.Caller(t.Context(), id)
		return err
	}
	for range 3 {
		require.NoError(t, ask(localIdentity(0)))
		require.NoError(t, ask(cognitoIdentity))
	}
	require.EqualValues(t, 1, l.count.Load())

	// Another instance invalidates the tokens: this instance notices it when the cached state is too old.
	l.set(accountAtVersion(1))
	manualClock.advance(maxCallerAge - 1)
	require.NoError(t, ask(localIdentity(0)))
	require.EqualValues(t, 1, l.count.Load())
	manualClock.advance(1)
	require.Error(t, ask(localIdentity(0)))
	require.EqualValues(t, 2, l.count.Load())

	// Another instance does it again, and the new token arrives here first: a stale cache entry must not reject it.
	l.set(accountAtVersion(2))
	require.NoError(t, ask(localIdentity(2)))
	require.Error(t, ask(localIdentity(1)))
	require.EqualValues(t, 3, l.count.Load())
}

func TestMissingCallerIsNotCached(t *testing.T) {
	t.Parallel()
	l := &slowAccounts{}
	s, _ := newCallerService(l)
	got, err := s.Caller(t.Context(), cognitoIdentity)
	require.NoError(t, err)
	require.False(t, got.Registered)
	l.set(accountAtVersion(0))
	got, err = s.Caller(t.Context(), cognitoIdentity)
	require.NoError(t, err)
	require.True(t, got.Registered)

	s.callers.forget("id-ada")
	l.err = errBroken
	_, err = s.Caller(t.Context(), cognitoIdentity)
	require.ErrorIs(t, err, errBroken)
	l.err = nil
	_, err = s.Caller(t.Context(), cognitoIdentity)
	require.NoError(t, err)
}

// A lookup that has read the account before a change must neither restore the old state nor serve callers who ask after
// the change.
func TestCallerRacesChange(t *testing.T) {
	t.Parallel()
	begin := func() (*slowAccounts, *Service, chan error) {
		l := &slowAccounts{account: accountAtVersion(0), reads: make(chan struct{}, 2), release: make(chan struct{})}
		s, _ := newCallerService(l)
		early := make(chan error, 1)
		go func() {
			_, err := s.Caller(t.Context(), localIdentity(0))
			early <- err
		}()
		<-l.reads
		l.set(accountAtVersion(1))
		s.callers.forget("id-ada")
		return l, s, early
	}
	t.Run("it ends before the next one asks", func(t *testing.T) {
		t.Parallel()
		l, s, early := begin()
		close(l.release)
		require.NoError(t, <-early, "it asked before the change")
		_, err := s.Caller(t.Context(), localIdentity(0))
		require.ErrorIs(t, err, errTokenEnded)
	})
	t.Run("it goes on while the next one asks", func(t *testing.T) {
		t.Parallel()
		l, s, early := begin()
		late := make(chan error, 1)
		go func() {
			_, err := s.Caller(t.Context(), localIdentity(0))
			late <- err
		}()
		require.Eventually(t, func() bool { return l.count.Load() == 2 }, 10*time.Second, time.Millisecond, "the next one looks for itself")
		close(l.release)
		require.NoError(t, <-early)
		require.ErrorIs(t, <-late, errTokenEnded)
	})
}

func TestCallersShareLookup(t *testing.T) {
	t.Parallel()
	l := &slowAccounts{account: accountAtVersion(0), reads: make(chan struct{}), release: make(chan struct{})}
	s, _ := newCallerService(l)

	ctx, leave := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := s.Caller(ctx, cognitoIdentity)
		first <- err
	}()
	<-l.reads

	const others = 50
	results := make(chan error, others)
	var callers sync.WaitGroup
	for range others {
		callers.Add(1)
		go func() {
			callers.Done()
			_, err := s.Caller(t.Context(), cognitoIdentity)
			results <- err
		}()
	}
	callers.Wait()
	leave()
	require.ErrorIs(t, <-first, context.Canceled)
	close(l.release)
	go func() { // for callers after the shared lookup has ended, if it were not cached
		for range l.reads {
		}
	}()
	for range others {
		require.NoError(t, <-results)
	}
	require.EqualValues(t, 1, l.count.Load())
	close(l.reads)
}
