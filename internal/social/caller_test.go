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

// lookups is a table of accounts that can be slow.
type lookups struct {
	mu      sync.Mutex
	account *model.Account
	err     error
	count   atomic.Int64
	begun   chan struct{} // where not nil: told of each lookup that has read the account
	release chan struct{} // what it then waits for
}

func (l *lookups) find(ctx context.Context, _ string) (*model.Account, error) {
	l.mu.Lock()
	account, err := l.account, l.err
	l.mu.Unlock()
	l.count.Add(1)
	if l.begun != nil {
		l.begun <- struct{}{}
		select {
		case <-l.release:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return account, err
}

func (l *lookups) set(account *model.Account) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.account = account
}

// clock is moved by hand.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func version(n int64) *model.Account {
	return &model.Account{CognitoID: "id-ada", Role: model.UserRoleAgent, TokenVersion: n}
}

// remembering is a service that looks callers up in l.
func remembering(l *lookups) (*Service, *clock) {
	c := &clock{}
	return &Service{callers: newCallers(l.find, c.now)}, c
}

func local(version int64) auth.Identity {
	return auth.Identity{Subject: "id-ada", Local: true, Version: version}
}

var cognito = auth.Identity{Subject: "id-ada"}

func TestCaller(t *testing.T) {
	t.Parallel()
	operator := version(2)
	operator.Role = model.UserRoleOptUser
	for _, test := range []struct {
		name     string
		account  *model.Account
		identity auth.Identity
		want     viewer.Viewer
		ended    bool
	}{
		{"local", version(2), local(2), viewer.Viewer{CognitoID: "id-ada", Registered: true}, false},
		{"local operator", operator, local(2), viewer.Viewer{CognitoID: "id-ada", Registered: true, Operator: true}, false},
		{"local, of an earlier password", version(2), local(1), viewer.Viewer{}, true},
		{"local, of no password yet", version(2), local(3), viewer.Viewer{}, true},
		{"local, deleted", nil, local(0), viewer.Viewer{}, true},
		{"Cognito", version(2), cognito, viewer.Viewer{CognitoID: "id-ada", Registered: true}, false},
		{"Cognito operator", operator, cognito, viewer.Viewer{CognitoID: "id-ada", Registered: true, Operator: true}, false},
		{"Cognito without an account", nil, cognito, viewer.Viewer{CognitoID: "id-ada"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, _ := remembering(&lookups{account: test.account})
			for range 2 {
				got, err := s.Caller(t.Context(), test.identity)
				if test.ended {
					require.Equal(t, apperr.New(apperr.Unauthenticated, "the token has ended: sign in again"), err)
				} else {
					require.NoError(t, err)
				}
				require.Equal(t, test.want, got)
			}
		})
	}
}

func TestCallerIsRemembered(t *testing.T) {
	t.Parallel()
	l := &lookups{account: version(0)}
	s, clock := remembering(l)
	ask := func(id auth.Identity) error {
		_, err := s.Caller(t.Context(), id)
		return err
	}
	for range 3 {
		require.NoError(t, ask(local(0)))
		require.NoError(t, ask(cognito))
	}
	require.EqualValues(t, 1, l.count.Load())

	// Another instance ends the tokens: this one learns it when what it knows is too old.
	l.set(version(1))
	clock.advance(callerAge - 1)
	require.NoError(t, ask(local(0)))
	require.EqualValues(t, 1, l.count.Load())
	clock.advance(1)
	require.Error(t, ask(local(0)))
	require.EqualValues(t, 2, l.count.Load())

	// Another instance does it again, and its new token comes here first: nobody is turned away for what is too old.
	l.set(version(2))
	require.NoError(t, ask(local(2)))
	require.Error(t, ask(local(1)))
	require.EqualValues(t, 3, l.count.Load())
}

func TestCallerIsNotRememberedMissing(t *testing.T) {
	t.Parallel()
	l := &lookups{}
	s, _ := remembering(l)
	got, err := s.Caller(t.Context(), cognito)
	require.NoError(t, err)
	require.False(t, got.Registered)
	l.set(version(0))
	got, err = s.Caller(t.Context(), cognito)
	require.NoError(t, err)
	require.True(t, got.Registered)

	s.callers.drop("id-ada")
	l.err = errBroken
	_, err = s.Caller(t.Context(), cognito)
	require.ErrorIs(t, err, errBroken)
	l.err = nil
	_, err = s.Caller(t.Context(), cognito)
	require.NoError(t, err)
}

// A lookup that has read the account before a change must neither put the old state back nor answer those who ask after
// the change.
func TestCallerRacesChange(t *testing.T) {
	t.Parallel()
	begin := func() (*lookups, *Service, chan error) {
		l := &lookups{account: version(0), begun: make(chan struct{}, 2), release: make(chan struct{})}
		s, _ := remembering(l)
		early := make(chan error, 1)
		go func() {
			_, err := s.Caller(t.Context(), local(0))
			early <- err
		}()
		<-l.begun
		l.set(version(1))
		s.callers.drop("id-ada")
		return l, s, early
	}
	t.Run("it ends before the next one asks", func(t *testing.T) {
		t.Parallel()
		l, s, early := begin()
		close(l.release)
		require.NoError(t, <-early, "it asked before the change")
		_, err := s.Caller(t.Context(), local(0))
		require.ErrorIs(t, err, errTokenEnded)
	})
	t.Run("it goes on while the next one asks", func(t *testing.T) {
		t.Parallel()
		l, s, early := begin()
		late := make(chan error, 1)
		go func() {
			_, err := s.Caller(t.Context(), local(0))
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
	l := &lookups{account: version(0), begun: make(chan struct{}), release: make(chan struct{})}
	s, _ := remembering(l)

	ctx, leave := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := s.Caller(ctx, cognito)
		first <- err
	}()
	<-l.begun

	const others = 50
	results := make(chan error, others)
	var asked sync.WaitGroup
	for range others {
		asked.Add(1)
		go func() {
			asked.Done()
			_, err := s.Caller(t.Context(), cognito)
			results <- err
		}()
	}
	asked.Wait()
	leave()
	require.ErrorIs(t, <-first, context.Canceled)
	close(l.release)
	go func() { // for those that come after the shared lookup has ended, if it were not remembered
		for range l.begun {
		}
	}()
	for range others {
		require.NoError(t, <-results)
	}
	require.EqualValues(t, 1, l.count.Load())
	close(l.begun)
}
