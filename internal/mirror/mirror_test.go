package mirror

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
)

// TestOperationsSeeTheirWrites reads within a mutation, in the next operation of the same instance without a position,
// and on another instance with the position.
func TestOperationsSeeTheirWrites(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	here, there := start(t, url, nil), start(t, url, nil)
	for n := 1; n < 10; n++ {
		ctx, read := here.begin(t, "")
		count, err := here.count(ctx, "n0")
		require.NoError(t, err)
		require.Equal(t, n-1, count)
		change, err := here.store.Follow(ctx, follow("n"+string(rune('0'+n)), "n0"))
		require.NoError(t, err)
		require.True(t, change.Changed)
		count, err = here.count(ctx, "n0")
		require.NoError(t, err)
		require.Equal(t, n, count, "its own write")
		position, age := read.End(ctx)
		require.Zero(t, age)

		count, _, _ = here.followers(t, "n0", "")
		require.Equal(t, n, count)
		count, _, seen := there.followers(t, "n0", position)
		require.Equal(t, n, count)
		require.GreaterOrEqual(t, seen, position)
	}
	require.Positive(t, here.Status().FromMemory)
}

// TestAnOperationReadsOneVersion commits a follow between two reads of an operation.
func TestAnOperationReadsOneVersion(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	i := start(t, url, nil)
	ctx, read := i.begin(t, "")
	version, ok := read.Pin(ctx)
	require.True(t, ok)
	write(t, url, "n1", "n0")
	require.Eventually(t, func() bool { count, _, _ := i.followers(t, "n0", ""); return count == 1 }, testTimeout, tick)
	count, err := i.count(ctx, "n0")
	require.NoError(t, err)
	require.Zero(t, count)
	position, _ := read.End(ctx)
	require.GreaterOrEqual(t, position, version)
	_, _, later := i.followers(t, "n0", "")
	require.Greater(t, later, position)
}

// TestALateStream holds the stream back. Operations that need a commit which memory lacks are answered by SQL, without
// going back in time afterwards; others by memory.
func TestALateStream(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	gate := newDoor(t, url)
	late, other := start(t, gate.url, impatient), start(t, url, nil)
	gate.hold()

	write(t, url, "n1", "n0")
	require.Eventually(t, func() bool { count, _, _ := other.followers(t, "n0", ""); return count == 1 }, testTimeout, tick)
	_, _, position := other.followers(t, "n0", "")
	count, source, _ := late.followers(t, "n0", "")
	require.Equal(t, 0, count, "nothing asks for more")
	require.Equal(t, "memory", source)
	for range 3 {
		count, source, seen := late.followers(t, "n0", position)
		require.Equal(t, 1, count)
		require.Equal(t, "sql (behind)", source)
		require.GreaterOrEqual(t, seen, position)
		count, source, _ = late.followers(t, "n0", "")
		require.Equal(t, 1, count, "an operation of this instance has read it already")
		require.Equal(t, "sql (behind)", source)
	}

	// A write on the late instance.
	ctx, read := late.begin(t, "")
	_, err := late.store.Follow(ctx, follow("n2", "n0"))
	require.NoError(t, err)
	position, _ = read.End(ctx)
	count, _, _ = other.followers(t, "n0", position)
	require.Equal(t, 2, count)
	count, _, _ = late.followers(t, "n0", "")
	require.Equal(t, 2, count)

	gate.release()
	require.Eventually(t, func() bool {
		count, source, _ := late.followers(t, "n0", "")
		require.Equal(t, 2, count)
		return source == "memory"
	}, testTimeout, tick)
	require.Zero(t, late.gaveUp.Load())
}

// TestALateStreamIsNotCurrent holds the stream back for longer than fresh: SQL answers, although nothing asks for it.
func TestALateStreamIsNotCurrent(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	gate := newDoor(t, url)
	i := start(t, gate.url, impatient)
	gate.hold()
	write(t, url, "n1", "n0")
	require.Eventually(t, func() bool { _, source, _ := i.followers(t, "n0", ""); return source == "sql (behind)" }, testTimeout, tick)
	count, _, _ := i.followers(t, "n0", "")
	require.Equal(t, 1, count)
	_, _, _, current := i.TokenVersion("n0")
	require.False(t, current)
	gate.release()
	require.Eventually(t, func() bool { _, source, _ := i.followers(t, "n0", ""); return source == "memory" }, testTimeout, tick)
}

// TestDatabaseAway shuts the door: memory answers until MaxStaleness, and is loaded again when the door opens.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	gate := newDoor(t, url)
	i := start(t, gate.url, func(opts *Options) { opts.MaxStaleness = 5 * time.Second })
	gate.close()
	write(t, url, "n1", "n0")
	var oldest time.Duration
	require.Eventually(t, func() bool {
		ctx, read := i.begin(t, "")
		count, err := i.count(ctx, "n0")
		if err != nil {
			return true
		}
		require.Zero(t, count)
		_, age := read.End(ctx)
		require.GreaterOrEqual(t, age, oldest.Truncate(time.Second)/2)
		oldest = max(oldest, age)
		return false
	}, testTimeout, tick)
	require.Greater(t, oldest, 4*time.Second)
	require.LessOrEqual(t, oldest, 5*time.Second)
	_, ok := i.Answers()
	require.False(t, ok)
	_, _, err := i.Begin(t.Context(), "")
	require.NoError(t, err)

	gate.open()
	require.Eventually(t, func() bool {
		ctx, read := i.begin(t, "")
		count, err := i.count(ctx, "n0")
		if err != nil {
			return false
		}
		require.Equal(t, 1, count, "read by %s", read)
		return read.String() == "memory"
	}, testTimeout, tick)
	require.EqualValues(t, 2, i.Status().Loads)
	require.Positive(t, i.Status().Interruptions[CauseStream])
}

// TestAwayBehindTheFloor shuts the door after a write that was not streamed: memory goes on to answer, because the age says
// that it may lack commits. The operation of the write itself does not.
func TestAwayBehindTheFloor(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	gate := newDoor(t, url)
	i := start(t, gate.url, impatient)
	gate.hold()
	ctx, read := i.begin(t, "")
	_, err := i.store.Follow(ctx, follow("n1", "n0"))
	require.NoError(t, err)
	position, _ := read.End(ctx)
	gate.close()
	require.Eventually(t, func() bool {
		ctx, read := i.begin(t, "")
		count, err := i.count(ctx, "n0")
		if err != nil {
			return false
		}
		require.Equal(t, "memory", read.String())
		require.Zero(t, count)
		_, age := read.End(ctx)
		return age > 0
	}, testTimeout, tick)
	ctx, _ = i.begin(t, position)
	_, err = i.store.Users(ctx, []model.UserKey{{CognitoID: "n0"}})
	require.Error(t, err, "this client has seen the write")
}

// TestALostStream ends the connection of the stream while the database is reachable: SQL answers at once, and the graph
// is loaded again.
func TestALostStream(t *testing.T) {
	t.Parallel()
	url, conn := graphOf(t)
	i := start(t, url, nil)
	exec(t, conn, `SELECT pg_terminate_backend(pid) FROM pg_stat_replication JOIN pg_replication_slots ON active_pid = pid WHERE database = current_database()`)
	require.Eventually(t, func() bool { return i.Status().Loads == 2 && i.served.Load() != nil }, testTimeout, tick)
	i.mu.Lock()
	defer i.mu.Unlock()
	require.Contains(t, i.forgotten, "", "the callers' accounts may have changed meanwhile")
}

// TestOtherHistories sends positions of another system and of another timeline: SQL answers.
func TestOtherHistories(t *testing.T) {
	t.Parallel()
	url, _ := graphOf(t)
	i := start(t, url, nil)
	_, _, position := i.followers(t, "n0", "")
	at := i.served.Load().Position()
	at.Timeline++
	_, source, seen := i.followers(t, "n0", at.String())
	require.Equal(t, "sql (elsewhere)", source)
	require.GreaterOrEqual(t, seen, position)
	at.Timeline, at.System = at.Timeline-1, at.System+1
	_, source, _ = i.followers(t, "n0", at.String())
	require.Equal(t, "sql (elsewhere)", source)

	// A position that no commit has yet, as a client may invent one, does not delay other operations.
	at.System--
	at.LSN += 1 << 40
	_, source, _ = i.followers(t, "n0", "")
	require.Equal(t, "memory", source, "it has reached the floor")
	i.opts.Patience = time.Millisecond
	_, source, _ = i.followers(t, "n0", at.String())
	require.Equal(t, "sql (behind)", source)
	i.opts.Patience = testTimeout
	require.Zero(t, i.gaveUp.Load())
	require.Eventually(t, func() bool { _, source, _ = i.followers(t, "n0", seen); return source == "memory" }, testTimeout, tick)
	_, _, err := i.Begin(t.Context(), "1.2")
	require.Error(t, err)
}

// TestTokens changes accounts by SQL: their versions and roles are known as soon as the commit is visible.
func TestTokens(t *testing.T) {
	t.Parallel()
	url, conn := graphOf(t)
	i := start(t, url, nil)
	before, role, found, current := i.TokenVersion("n3")
	require.True(t, found)
	require.True(t, current)
	require.Equal(t, model.UserRoleEndUser, role)
	_, _, found, current = i.TokenVersion("nobody")
	require.False(t, found)
	require.True(t, current)

	exec(t, conn, `UPDATE users SET token_version = token_version + 1, role = 'OPT_USER' WHERE cognito_id = 'n3'`)
	require.Eventually(t, func() bool {
		version, role, _, _ := i.TokenVersion("n3")
		return version == before+1 && role == model.UserRoleOptUser
	}, testTimeout, tick)
	exec(t, conn, `DELETE FROM users WHERE cognito_id = 'n3'`)
	require.Eventually(t, func() bool { _, _, found, _ := i.TokenVersion("n3"); return !found }, testTimeout, tick)
	i.mu.Lock()
	defer i.mu.Unlock()
	require.Equal(t, []string{"", "n3", "n3"}, i.forgotten)
}

// TestImpossible drops and creates the publication: SQL answers meanwhile.
func TestImpossible(t *testing.T) {
	t.Parallel()
	url, conn := graphOf(t)
	exec(t, conn, `DROP PUBLICATION followgraph`)
	i := newInstance(t, url, nil)
	err := i.Check(t.Context())
	require.ErrorContains(t, err, "CREATE PUBLICATION followgraph")
	i.run(t)
	require.Eventually(t, func() bool { return i.reason() == Impossible }, testTimeout, tick)
	_, source, position := i.followers(t, "n0", "")
	require.Equal(t, "sql (impossible)", source)
	require.Empty(t, position)
}

// TestTooLarge bounds the memory, before a load and while the graph grows.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	url, conn := graphOf(t)
	small := newInstance(t, url, func(opts *Options) {
		opts.MaxMemory = 1000
		opts.Estimate = func(context.Context) (int64, error) { return 1001, nil }
	})
	require.ErrorIs(t, small.Check(t.Context()), ErrTooLarge)

	grows := start(t, url, func(opts *Options) { opts.MaxMemory = 200 << 10 })
	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) SELECT 'a' || a, 'b' || b FROM generate_series(1, 100) a, generate_series(1, 100) b`)
	grows.waitFor(t, false)
	require.Eventually(t, func() bool { return grows.reason() == TooLarge }, testTimeout, tick)
	_, source, _ := grows.followers(t, "n0", "")
	require.Equal(t, "sql (too_large)", source)
	require.Positive(t, grows.Status().Interruptions[CauseTooLarge])
	require.Nil(t, grows.following.Load(), "the graph keeps its memory")
}
