package mirror

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/model"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

// instance is a running Mirror with its store.
type instance struct {
	*Mirror
	store *Store

	mu        sync.Mutex
	forgotten []string // accounts; "" stands for all
}

const (
	testTimeout = time.Minute
	tick        = time.Millisecond
	largeMemory = 1 << 30
)

// newInstance opens a store and makes a Mirror on it that does not run.
func newInstance(t *testing.T, url string, adjust func(*Options)) *instance {
	t.Helper()
	opened, err := store.Open(t.Context(), url, store.Options{MaxConns: 8})
	require.NoError(t, err)
	t.Cleanup(opened.Close)
	i := &instance{}
	opts := Options{
		Stream: changes.Options{URL: url, Acknowledge: 100 * time.Millisecond}, Store: opened, MaxMemory: largeMemory, MaxStaleness: time.Hour,
		Patience: testTimeout,
		Estimate: func(context.Context) (int64, error) { return 0, nil },
		OnAccounts: func(ids []string) {
			i.mu.Lock()
			defer i.mu.Unlock()
			if ids == nil {
				ids = []string{""}
			}
			i.forgotten = append(i.forgotten, ids...)
		},
		Log: slog.New(slog.DiscardHandler),
	}
	if adjust != nil {
		adjust(&opts)
	}
	i.Mirror = New(opts)
	i.store = i.Store()
	return i
}

func impatient(opts *Options) { opts.Patience = 20 * time.Millisecond }

// start makes an instance run, and waits until memory answers.
func start(t *testing.T, url string, adjust func(*Options)) *instance {
	t.Helper()
	i := newInstance(t, url, adjust)
	i.run(t)
	i.waitFor(t, true)
	return i
}

func (i *instance) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); i.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}

// waitFor waits until memory answers, or until SQL does.
func (i *instance) waitFor(t *testing.T, memory bool) {
	t.Helper()
	require.Eventually(t, func() bool { return (i.served.Load() != nil) == memory }, testTimeout, tick)
}

// begin begins an operation.
func (i *instance) begin(t *testing.T, after string) (context.Context, *Read) {
	t.Helper()
	ctx, read, err := i.Begin(t.Context(), after)
	require.NoError(t, err)
	return ctx, read
}

// count returns the number of followers of a user in an operation.
func (i *instance) count(ctx context.Context, id string) (int, error) {
	users, err := i.store.Users(ctx, []model.UserKey{{CognitoID: id, Counts: true}})
	if err != nil || users[0] == nil || users[0].Stats == nil {
		return 0, err
	}
	return users[0].Stats.FollowersCount, nil
}

// followers returns the number of followers of a user in an operation of its own, and what has answered it.
func (i *instance) followers(t *testing.T, id, after string) (count int, source, position string) {
	t.Helper()
	ctx, read := i.begin(t, after)
	count, err := i.count(ctx, id)
	require.NoError(t, err)
	position, _ = read.End(ctx)
	return count, read.String(), position
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func exec(t *testing.T, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

// graphOf makes a database with the accounts n0 to n9 and no follows.
func graphOf(t *testing.T) (url string, conn *pgx.Conn) {
	t.Helper()
	url = testdb.New(t)
	conn = connect(t, url)
	exec(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash)
		SELECT 'n' || n, 'n' || n, '+999' || n, '!' FROM generate_series(0, 9) n`)
	return url, conn
}

func follow(follower, following string) model.FollowKey {
	return model.FollowKey{FollowerID: follower, FollowingID: following}
}

// write makes a user follow another one, on an instance that has no graph in memory.
func write(t *testing.T, url, follower, following string) {
	t.Helper()
	opened, err := store.Open(t.Context(), url, store.Options{MaxConns: 2})
	require.NoError(t, err)
	defer opened.Close()
	_, err = opened.Follow(t.Context(), follow(follower, following))
	require.NoError(t, err)
}

// logLines collects the messages of a log that several goroutines write.
type logLines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logLines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}
