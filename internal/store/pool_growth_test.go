package store

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/testdb"
)

// limitedStore returns a store for up to 8 connections to a database that accepts few, and a function that changes how
// many.
func limitedStore(t *testing.T, few int) (*Store, func(int)) {
	t.Helper()
	url := testdb.New(t)
	database := url[strings.LastIndex(url, "/")+1:]
	database, _, _ = strings.Cut(database, "?")
	admin := connect(t, replacePath(t, url, "/postgres"))
	setLimit := func(n int) {
		_, err := admin.Exec(t.Context(), "ALTER DATABASE "+pgx.Identifier{database}.Sanitize()+" CONNECTION LIMIT "+strconv.Itoa(n))
		require.NoError(t, err)
	}
	s, err := Open(t.Context(), url, Options{MaxConns: 8})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	setLimit(few)
	return s, setLimit
}

// TestPoolLivesWithItsConnections reads and writes at once through fewer connections than the pool may open. All
// requests succeed, and the server gets few attempts to connect.
func TestPoolLivesWithItsConnections(t *testing.T) {
	t.Parallel()
	s, setLimit := limitedStore(t, 2)
	adoptUsers(t, s, "ada", "bob")
	began := time.Now()
	work := func(n int) {
		var group sync.WaitGroup
		for i := range n {
			group.Go(func() {
				var err error
				switch i % 4 {
				case 0:
					_, err = s.Users(t.Context(), []model.UserKey{{CognitoID: "ada"}})
				case 1:
					_, err = s.Users(t.Context(), []model.UserKey{{CognitoID: "ada"}, {Username: "bob"}})
				case 2:
					_, err = s.Account(t.Context(), "ada")
				default:
					_, err = s.AccountByUsername(t.Context(), "ada")
				}
				if err != nil {
					t.Errorf("read %d: %v", i, err)
				}
			})
		}
		group.Wait()
	}
	for range 10 {
		work(64)
	}
	stat := s.Pool()
	require.Positive(t, stat.Refused)
	require.LessOrEqual(t, stat.Acquired+stat.Idle, 2)
	// Those that began before the first refusal, and then one per pause.
	require.LessOrEqual(t, stat.Refused, int64(8+time.Since(began)/growthPause))

	setLimit(-1)
	require.Eventually(t, func() bool {
		work(64)
		return s.Pool().Idle > 4
	}, time.Minute, 10*time.Millisecond, "the pool grows again")
	require.Eventually(t, func() bool { return !s.pool.growth.limited.Load() }, time.Minute, 10*time.Millisecond)
}

// TestWaitForOpenConnectionHasADeadline checks that a statement that gets no open connection in time is UNAVAILABLE,
// that a caller who leaves is CANCELED, and that the connection is still good.
func TestWaitForOpenConnectionHasADeadline(t *testing.T) {
	t.Parallel()
	s, _ := limitedStore(t, 1)
	held, err := s.pool.Acquire(t.Context())
	require.NoError(t, err)

	for name, read := range map[string]func(context.Context) error{
		"statement": func(ctx context.Context) error {
			_, err := s.Users(ctx, []model.UserKey{{CognitoID: "ada"}})
			return err
		},
		"batch": func(ctx context.Context) error {
			_, err := s.Users(ctx, []model.UserKey{{CognitoID: "ada"}, {Username: "ada"}})
			return err
		},
		"ent":         func(ctx context.Context) error { _, err := s.Account(ctx, "ada"); return err },
		"ping":        s.Ping,
		"transaction": func(ctx context.Context) error { return s.SetRole(ctx, "ada", model.UserRoleEndUser) },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err := read(ctx)
		cancel()
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%s: %v", name, err)
		require.ErrorIs(t, err, errNoneFree, name)

		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		require.Equal(t, apperr.Canceled, apperr.CodeOf(read(ctx)), name)
	}
	held.Release()
	require.NoError(t, s.Ping(t.Context()))
}

// TestNoConnectionIsUnavailable checks that statements fail at once if the server accepts no connection at all, with the
// time of a retry, and that they succeed after it accepts some again.
func TestNoConnectionIsUnavailable(t *testing.T) {
	t.Parallel()
	s, setLimit := limitedStore(t, 0)
	s.pool.Reset() // closes the only connection
	require.Eventually(t, func() bool { return s.Pool().Idle == 0 }, time.Minute, time.Millisecond)
	attempts := s.pool.Stat().NewConnsCount()
	for range 200 {
		err := s.Ping(t.Context())
		var ours *apperr.Error
		require.ErrorAs(t, err, &ours)
		require.Equal(t, apperr.Unavailable, ours.Code)
		require.Equal(t, time.Second, ours.RetryAfter)
		require.Equal(t, tooManyConnections, stateOf(err))
	}
	require.Less(t, s.Pool().Refused, int64(100), "of %d", s.pool.Stat().NewConnsCount()-attempts)
	setLimit(-1)
	require.Eventually(t, func() bool { return s.Ping(t.Context()) == nil }, time.Minute, 10*time.Millisecond)
}

// TestClosingDoesNotWaitForGrowth closes a store while attempts to connect wait.
func TestClosingDoesNotWaitForGrowth(t *testing.T) {
	t.Parallel()
	s, _ := limitedStore(t, 1)
	held, err := s.pool.Acquire(t.Context())
	require.NoError(t, err)
	waiting := make(chan error, 1)
	go func() { waiting <- s.Ping(t.Context()) }()
	require.Eventually(t, func() bool { return s.pool.growth.parked() > 0 }, time.Minute, time.Millisecond)
	held.Release()
	require.NoError(t, <-waiting)
	s.Close()
	require.Zero(t, s.pool.growth.parked())
}

// parked returns the number of attempts to connect that wait.
func (g *growth) parked() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting
}
