package store

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/localpg"
	"followgraph/internal/model"
	"followgraph/internal/store/migrate"
	"followgraph/internal/testdb"
)

// replacePath returns a database URL with another path.
func replacePath(t *testing.T, database, path string) string {
	t.Helper()
	parsed, err := url.Parse(database)
	require.NoError(t, err)
	parsed.Path = path
	return parsed.String()
}

// TestReadOnly demotes the database of an open store. Writes of every kind are rejected with the right error, reads
// work, and everything works again once the database accepts writes. No connection that was opened meanwhile remains.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	s, err := Open(t.Context(), database, Options{MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	insertUsers(t, s, 3)
	require.NoError(t, s.Ready(t.Context()))
	admin := connect(t, database)
	name := pgx.Identifier{admin.Config().Database}.Sanitize()
	set := func(value string) {
		_, err := admin.Exec(t.Context(), "ALTER DATABASE "+name+" SET default_transaction_read_only = "+value)
		require.NoError(t, err)
		s.pool.Reset() // open sessions keep their setting
	}
	set("on")
	require.ErrorIs(t, s.Ready(t.Context()), ErrReadOnly)
	_, err = s.Users(t.Context(), []model.UserKey{{CognitoID: "u1"}})
	require.NoError(t, err)
	for name, write := range map[string]func() error{
		"follow":   func() error { _, err := s.Follow(t.Context(), follows(1, 2)); return err },
		"unfollow": func() error { _, err := s.Unfollow(t.Context(), follows(1, 2)); return err },
		"account": func() error {
			_, err := s.CreateAccount(t.Context(), model.NewAccount{
				Profile: model.Profile{Username: "ada", PhoneNumber: "+41446681800"}, Role: model.UserRoleEndUser, Password: "!",
			})
			return err
		},
		"role":     func() error { return s.SetRole(t.Context(), "u1", model.UserRoleAgent) },
		"password": func() error { _, err := s.SetPassword(t.Context(), "u1", "!"); return err },
		"deletion": func() error { _, err := s.DeleteAccount(t.Context(), "u1"); return err },
		"import": func() error {
			_, err := s.ImportFollows(t.Context(), Rows([]model.FollowRecord{{FollowerID: "u1", FollowingID: "u2"}}), ImportOptions{})
			return err
		},
	} {
		err := write()
		require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%s: %v", name, err)
		require.ErrorContains(t, err, "read-only", name)
	}
	_, err = admin.Exec(t.Context(), "ALTER DATABASE "+name+" SET default_transaction_read_only = off")
	require.NoError(t, err)
	// The first writes close the connections that still have the old state.
	require.Eventually(t, func() bool {
		_, err := s.Follow(t.Context(), follows(1, 2))
		return err == nil
	}, time.Minute, time.Millisecond)
	require.NoError(t, s.Ready(t.Context()))
}

// TestTargetSessionAttributes configures two servers, one of which accepts writes: connections go there. When the other
// one takes over, while the connections to the old one stay open, new connections go to that one.
func TestTargetSessionAttributes(t *testing.T) {
	t.Parallel()
	standby := testdb.New(t)
	admin := connect(t, standby)
	name := pgx.Identifier{admin.Config().Database}.Sanitize()
	dir := filepath.Join(t.TempDir(), "postgresql")
	server, err := localpg.Open(t.Context(), localpg.Options{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close(context.WithoutCancel(t.Context()))) })
	primary := connect(t, server.URL("postgres"))
	_, err = primary.Exec(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	for _, serverURL := range []string{standby, server.URL(admin.Config().Database)} {
		_, err := migrate.Up(t.Context(), serverURL)
		require.NoError(t, err)
	}
	_, err = admin.Exec(t.Context(), "ALTER DATABASE "+name+" SET default_transaction_read_only = on")
	require.NoError(t, err)

	first, second := newProxy(t, standby), newProxy(t, server.URL(admin.Config().Database))
	s, err := Open(t.Context(), severalHosts(t, first.url, second.url)+"&target_session_attrs=read-write", Options{MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	require.NoError(t, s.Ready(t.Context()))
	require.Positive(t, first.accepted.Load(), "it was asked first")
	insertUsers(t, s, 2)

	demote(t, dir)
	_, err = admin.Exec(t.Context(), "ALTER DATABASE "+name+" RESET default_transaction_read_only")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := s.SetPassword(t.Context(), "u1", "!")
		if err == nil {
			return false // still the old server, which has u1
		}
		return apperr.CodeOf(err) == apperr.NotFound // the new server has no users
	}, time.Minute, time.Millisecond)
	require.NoError(t, s.Ready(t.Context()))
}

// demote makes a private server read-only, including for its existing sessions.
func demote(t *testing.T, dir string) {
	t.Helper()
	pidFiles, err := filepath.Glob(filepath.Join(dir, "*", "postmaster.pid"))
	require.NoError(t, err)
	require.Len(t, pidFiles, 1)
	settings, err := os.OpenFile(filepath.Join(filepath.Dir(pidFiles[0]), "postgresql.auto.conf"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = settings.WriteString("default_transaction_read_only = on\n")
	require.NoError(t, errors.Join(err, settings.Close()))
	text, err := os.ReadFile(pidFiles[0])
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	require.NoError(t, err)
	postmaster, err := os.FindProcess(pid)
	require.NoError(t, err)
	require.NoError(t, postmaster.Signal(syscall.SIGHUP))
}

// severalHosts returns the first URL with the hosts of all URLs.
func severalHosts(t *testing.T, urls ...string) string {
	t.Helper()
	first, err := url.Parse(urls[0])
	require.NoError(t, err)
	for _, other := range urls[1:] {
		parsed, err := url.Parse(other)
		require.NoError(t, err)
		first.Host += "," + parsed.Host
	}
	return first.String()
}

// TestReadyEndsWithContext asks whether a silent database is ready: Ready returns when the context ends.
func TestReadyEndsWithContext(t *testing.T) {
	t.Parallel()
	p := newProxy(t, testdb.New(t))
	s := openThrough(t, p, Options{MaxConns: 2})
	p.holding.Store(true)
	p.loseAll()
	ctx, cancel := context.WithCancel(t.Context())
	ready := make(chan error, 1)
	go func() { ready <- s.Ready(ctx) }()
	require.Eventually(t, func() bool { return s.Pool().Acquired > 0 }, time.Minute, time.Millisecond)
	cancel()
	require.Equal(t, apperr.Canceled, apperr.CodeOf(<-ready))
}
