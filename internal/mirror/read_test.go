package mirror

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
	"followgraph/internal/resident"
)

// TestAnAnswerPastItsDeadline ends the context of an operation that SQL has answered: later operations do not go back
// behind the answer.
func TestAnAnswerPastItsDeadline(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	gate := newDoor(t, url)
	i := start(t, gate.url, impatient)
	gate.hold()
	write(t, url, "n1", "n0")
	position, err := i.position(t.Context())
	require.NoError(t, err)
	ctx, read := i.begin(t, position.String())
	_, err = i.count(ctx, "n0")
	require.NoError(t, err)
	late, cancel := context.WithDeadline(ctx, time.Now())
	defer cancel()
	seen, _ := read.End(late)
	require.GreaterOrEqual(t, seen, position.String())
	count, source, _ := i.followers(t, "n0", "")
	require.Equal(t, 1, count, source)

	gone, leave := context.WithCancel(ctx)
	leave()
	seen, _ = read.End(gone)
	require.Empty(t, seen, "the client gets no answer")
	require.Zero(t, i.blind.Load())
	gate.close()
	seen, _ = read.End(late)
	require.Empty(t, seen)
	require.Positive(t, i.blind.Load(), "later operations do not read memory before the position is known")
}

// TestAWriteAfterAFailover writes on a promoted server before the end of the old stream is noticed, for a client that has
// sent a position of the old history: memory, which has that position, lacks the write.
func TestAWriteAfterAFailover(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	i := start(t, url, nil)
	position, err := i.position(t.Context())
	require.NoError(t, err)
	ctx, read := i.begin(t, position.String())
	_, memory := read.Pin(ctx)
	require.True(t, memory)
	ctx, read = i.begin(t, position.String())
	read.wrote = commit.Position{System: position.System, Timeline: position.Timeline + 1, LSN: position.LSN}
	_, memory = read.Pin(ctx)
	require.False(t, memory)
	require.Equal(t, Elsewhere, read.why)
}

// TestABlindFollowDoesNotConcernTokens makes writes whose position is unknown while the database is unreachable.
func TestABlindFollowDoesNotConcernTokens(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	gate := newDoor(t, url)
	i := start(t, gate.url, nil)
	gate.close()
	require.Eventually(t, func() bool { return !i.reachable.Load() }, testTimeout, tick)
	i.written(t.Context(), false)
	require.Positive(t, i.blind.Load())
	_, _, found, current := i.TokenVersion("n0")
	require.True(t, found)
	require.True(t, current, "memory answers about tokens while the database is unreachable")
	i.written(t.Context(), true)
	_, _, _, current = i.TokenVersion("n0")
	require.False(t, current, "the write may have ended this token")
}

// TestAccountsAreForgottenWhenMemoryBegins reads accounts by SQL before memory answers: their changes until then were not
// seen.
func TestAccountsAreForgottenWhenMemoryBegins(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	i := start(t, url, nil)
	i.mu.Lock()
	defer i.mu.Unlock()
	require.Equal(t, []string{""}, i.forgotten)
}

// TestNothingIsKeptAfterACapture ends a capture between the test of captures.add and its lock.
func TestNothingIsKeptAfterACapture(t *testing.T) {
	t.Parallel()
	c := captures{most: 10}
	v := resident.NewBuilder().Graph(commit.Position{}).Version()
	c.keep(true)
	c.mu.Lock()
	var adding sync.WaitGroup
	adding.Go(func() { c.add(v) })
	c.keeping.Store(false)
	c.mu.Unlock()
	adding.Wait()
	require.Empty(t, c.versions)
}

// TestASlowOpenIsLogged has an open transaction that has written: PostgreSQL does not create a slot before it ends.
func TestASlowOpenIsLogged(t *testing.T) {
	t.Parallel()
	url := privateDatabase(t, nil)
	conn := connect(t, url)
	writer, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = writer.Exec(t.Context(), `SELECT pg_current_xact_id()`)
	require.NoError(t, err)
	var log logLines
	i := newInstance(t, url, func(opts *Options) { opts.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	i.slowOpen = tick
	i.run(t)
	require.Eventually(t, func() bool { return log.count("pg_prepared_xacts") > 0 }, testTimeout, tick)
	require.Nil(t, i.served.Load())
	require.NoError(t, writer.Rollback(t.Context()))
	i.waitFor(t, true)
}
