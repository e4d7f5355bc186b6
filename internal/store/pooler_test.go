package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/store/connection"
	"followgraph/internal/testcluster"
	"followgraph/internal/testdb"
)

// work registers an account, follows, reads, unfollows and deletes.
func work(ctx context.Context, s *Store, name string) error {
	account := newAccountNamed(name)
	if _, err := s.CreateAccount(ctx, account); err != nil {
		return fmt.Errorf("create: %w", err)
	}
	for _, key := range []model.FollowKey{{FollowerID: account.CognitoID, FollowingID: "id-hub"}, {FollowerID: "id-hub", FollowingID: account.CognitoID}} {
		if _, err := s.Follow(ctx, key); err != nil {
			return fmt.Errorf("follow: %w", err)
		}
	}
	keys := []model.ConnectionKey{
		{Kind: page.Followers, User: "id-hub", Page: page.Request{Limit: 10}, Projection: model.Projection{Users: true, Details: true}},
		{Kind: page.Following, User: "id-hub", Page: page.Request{Limit: 10}, Projection: model.Projection{Users: true}},
		{Kind: page.Search, Query: name, Page: page.Request{Limit: 10}, Projection: model.Projection{Users: true}},
	}
	if _, err := s.Pages(ctx, keys); err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	if _, err := s.Privates(ctx, []string{account.CognitoID}); err != nil {
		return fmt.Errorf("privates: %w", err)
	}
	if _, err := s.Unfollow(ctx, model.FollowKey{FollowerID: account.CognitoID, FollowingID: "id-hub"}); err != nil {
		return fmt.Errorf("unfollow: %w", err)
	}
	if err := s.SetRole(ctx, account.CognitoID, model.UserRoleAgent); err != nil {
		return fmt.Errorf("role: %w", err)
	}
	existed, err := s.DeleteAccount(ctx, account.CognitoID)
	if err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	if !existed {
		return fmt.Errorf("delete: there is no account")
	}
	_, err = s.Sweep(ctx)
	return err
}

// requireClean checks that nothing of the store is left in the sessions of a pooler.
func requireClean(t *testing.T, direct *pgx.Conn, pooled string) {
	t.Helper()
	var locks int
	require.NoError(t, direct.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
		WHERE l.locktype = 'advisory' AND d.datname = current_database()`).Scan(&locks))
	require.Zero(t, locks, "advisory locks")
	const settings = `SELECT coalesce(string_agg(name || '=' || setting, ' ' ORDER BY name), '') FROM pg_settings
		WHERE source = 'session' AND name <> 'application_name'`
	for range 20 { // the sessions of the pooler, in turn
		conn, err := connection.Connect(t.Context(), pooled)
		require.NoError(t, err)
		var changed string
		var prepared, temporary int
		require.NoError(t, conn.QueryRow(t.Context(), settings).Scan(&changed))
		require.Empty(t, changed)
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pg_prepared_statements WHERE name <> ''),
			(SELECT count(*) FROM pg_class WHERE relpersistence = 't')`).Scan(&prepared, &temporary))
		require.Zero(t, prepared, "prepared statements")
		require.Zero(t, temporary, "temporary tables")
		require.NoError(t, conn.Close(t.Context()))
	}
}

func TestTransactionPooler(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	bouncer := testcluster.Bouncer(t, database, "transaction", nil)
	for i, pooler := range []Pooler{PoolerUnknown, PoolerTransaction} {
		name := []string{"found out", "configured"}[i]
		s, err := Open(t.Context(), bouncer.URL(), Options{MaxConns: 8, Pooler: pooler})
		require.NoError(t, err, name)
		require.Equal(t, connection.TransactionPooler, s.Sharing())
		if i == 0 {
			createAccount(t, s, newAccountNamed("hub"))
		}
		var all sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			all.Go(func() {
				for round := range 5 {
					if errs[i] == nil {
						errs[i] = work(t.Context(), s, fmt.Sprintf("w%d-%d", i, round))
					}
				}
			})
		}
		all.Wait()
		for _, err := range errs {
			require.NoError(t, err, name)
		}
		_, err = s.VerifyStats(t.Context(), func(d Drift) error { return fmt.Errorf("drift %s", d) })
		require.NoError(t, err)
		require.NoError(t, s.Ready(t.Context()))

		_, err = s.ImportFollows(t.Context(), Rows([]model.FollowRecord{{FollowerID: "a", FollowingID: "b"}}), ImportOptions{})
		require.ErrorIs(t, err, connection.ErrSharedSession)
		_, err = s.RebuildStats(t.Context(), nil)
		require.ErrorIs(t, err, connection.ErrSharedSession)
		s.Close()
	}
	requireClean(t, connect(t, database), bouncer.URL())
}

// TestTransactionPoolerBesideKills ends the pooler's sessions, and the pooler itself, under load. Clients see only that
// the database was away, and afterwards everything works.
func TestTransactionPoolerBesideKills(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	bouncer := testcluster.Bouncer(t, database, "transaction", nil)
	s, err := Open(t.Context(), bouncer.URL(), Options{MaxConns: 8})
	require.NoError(t, err)
	defer s.Close()
	createAccount(t, s, newAccountNamed("hub"))
	admin := connect(t, database)
	var all sync.WaitGroup
	var ended atomic.Bool
	var done, failed atomic.Int64
	errs := make(chan error, 8)
	for i := range 8 {
		all.Go(func() {
			for round := 0; !ended.Load(); round++ {
				err := work(t.Context(), s, fmt.Sprintf("w%d-%d", i, round))
				switch code := apperr.CodeOf(err); {
				case err == nil:
					done.Add(1)
				case code == apperr.Unavailable:
					failed.Add(1)
				default:
					errs <- fmt.Errorf("%s: %w", code, err)
					return
				}
			}
		})
	}
	for kill := range 6 {
		before := done.Load()
		require.Eventually(t, func() bool { return done.Load() > before+4 || len(errs) > 0 }, time.Minute, time.Millisecond)
		if kill == 3 {
			bouncer.Stop()
			bouncer.Start()
			continue
		}
		_, err := admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		require.NoError(t, err)
	}
	ended.Store(true)
	all.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.Positive(t, failed.Load())
	require.Eventually(t, func() bool { return work(t.Context(), s, "last") == nil }, time.Minute, time.Millisecond)
	_, err = s.VerifyStats(t.Context(), func(d Drift) error { return fmt.Errorf("drift %s", d) })
	require.NoError(t, err)
	requireClean(t, admin, bouncer.URL())
}

func TestSessionPooler(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	bouncer := testcluster.Bouncer(t, database, "session", nil)
	s, err := Open(t.Context(), bouncer.URL(), Options{MaxConns: 8})
	require.NoError(t, err)
	defer s.Close()
	require.Equal(t, connection.SessionPooler, s.Sharing())
	var mode string
	require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT current_setting('plan_cache_mode')").Scan(&mode))
	require.Equal(t, "force_generic_plan", mode)
	createAccount(t, s, newAccountNamed("hub"))
	require.NoError(t, work(t.Context(), s, "one"))
	_, err = s.ImportFollows(t.Context(), Rows([]model.FollowRecord{{FollowerID: "id-hub", FollowingID: "b"}}), ImportOptions{CreateUsers: true})
	require.NoError(t, err)
	_, err = s.RebuildStats(t.Context(), nil)
	require.NoError(t, err)
}

func TestStatementPooler(t *testing.T) {
	t.Parallel()
	bouncer := testcluster.Bouncer(t, testdb.New(t), "statement", nil)
	for _, pooler := range []Pooler{PoolerUnknown, PoolerTransaction} {
		_, err := Open(t.Context(), bouncer.URL(), Options{Pooler: pooler})
		var unfit *connection.UnfitError
		require.ErrorAs(t, err, &unfit)
		require.ErrorContains(t, err, "set pool_mode = transaction or session")
	}
}

func TestPreparedStatementsBehindPooler(t *testing.T) {
	t.Parallel()
	bouncer := testcluster.Bouncer(t, testdb.New(t), "transaction", nil)
	_, err := Open(t.Context(), bouncer.URL()+"&default_query_exec_mode=cache_statement", Options{})
	var unfit *connection.UnfitError
	require.ErrorAs(t, err, &unfit)
	require.ErrorContains(t, err, "does not support prepared statements")
}

// TestPoolerBeginsToShare changes the pool_mode of a pooler from session to transaction.
func TestPoolerBeginsToShare(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	bouncer := testcluster.Bouncer(t, database, "session", nil)
	var noted atomic.Int64
	s, err := Open(t.Context(), bouncer.URL(), Options{MaxConns: 4, OnShared: func() { noted.Add(1) }})
	require.NoError(t, err)
	defer s.Close()
	createAccount(t, s, newAccountNamed("hub"))
	require.NoError(t, work(t.Context(), s, "before"))

	config, err := pgx.ParseConfig(bouncer.Admin())
	require.NoError(t, err)
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	console, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	defer console.Close(context.WithoutCancel(t.Context()))
	_, err = console.Exec(t.Context(), "SET pool_mode = transaction")
	require.NoError(t, err)
	admin := connect(t, database)
	for round := 0; s.Sharing() != connection.TransactionPooler; round++ {
		_, err := admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		require.NoError(t, err)
		if err := work(t.Context(), s, fmt.Sprint("during-", round)); err != nil {
			require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
		}
	}
	require.EqualValues(t, 1, noted.Load())
	for round := range 10 {
		require.Eventually(t, func() bool { return work(t.Context(), s, fmt.Sprint("after-", round)) == nil }, time.Minute, time.Millisecond)
	}
}
