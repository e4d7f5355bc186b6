package changes

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/commit"
	"followgraph/internal/testdb"
)

// TestKeepalives lets the server demand answers every 100 ms, first with nothing to read, then with an owner that does
// not take what was read.
func TestKeepalives(t *testing.T) {
	t.Parallel()
	address := testdb.New(t)
	conn := connect(t, address)
	s := start(t, Options{URL: withOption(t, address, "-c wal_sender_timeout=200ms"), Part: 1, Acknowledge: 50 * time.Millisecond})
	quiet := s.reader.acks.Load()
	answered := func(number int64) func() bool {
		return func() bool { return s.reader.acks.Load() > number }
	}
	require.Eventually(t, answered(quiet+20), testTimeout, 5*time.Millisecond, "nothing to read")
	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) SELECT 'a' || n, 'b' FROM generate_series(1, 50000) AS n`)
	require.Eventually(t, func() bool { return len(s.reader.parts) == cap(s.reader.parts) }, testTimeout, 5*time.Millisecond)
	busy := s.reader.acks.Load()
	require.Eventually(t, answered(busy+20), testTimeout, 5*time.Millisecond, "the owner is busy")
	require.Len(t, next(t, s).Changes, 50_000)

	// The server's own requests are answered, without the clock of Acknowledge.
	slow := start(t, Options{URL: withOption(t, address, "-c wal_sender_timeout=200ms"), Acknowledge: time.Hour, Silence: 2 * time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	for slow.reader.acks.Load() <= 10 {
		waiting, stop := context.WithTimeout(ctx, 10*time.Millisecond)
		_, err := slow.Next(waiting)
		stop()
		if err != nil {
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		require.NoError(t, ctx.Err())
	}
}

// TestBrokenConnection ends the connection on the side of the server.
func TestBrokenConnection(t *testing.T) {
	t.Parallel()
	address := testdb.New(t)
	conn := connect(t, address)
	s := start(t, Options{URL: address})
	exec(t, conn, `SELECT pg_terminate_backend($1)`, int32(s.conn.PID()))
	_, err := tryNext(t, s)
	require.ErrorContains(t, err, "terminating connection")
	_, again := s.Next(t.Context())
	require.Equal(t, err, again)
}

func TestAcknowledgementsReleaseTheLog(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	s := start(t, Options{URL: url, Acknowledge: 20 * time.Millisecond})
	exec(t, conn, `INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'b')`)
	position := next(t, s).Position
	confirmed := func() bool {
		text := queryOne[string](t, conn, `SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = $1`, s.slot)
		lsn, err := commit.ParseLSN(text)
		require.NoError(t, err)
		return lsn >= position.LSN
	}
	require.False(t, confirmed(), "a transaction is applied once the next one is asked for")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			_, _ = s.Next(ctx)
		}
	}()
	require.Eventually(t, confirmed, testTimeout, 10*time.Millisecond)
	cancel()
	<-ended
}

func TestCloseRemovesTheSlot(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	conn := connect(t, url)
	slots := func() bool {
		return queryOne[int64](t, conn, `SELECT count(*) FROM pg_replication_slots WHERE database = current_database()`) == 0
	}
	started, only := start(t, Options{URL: url}), openStream(t, Options{URL: url})
	require.False(t, slots())
	require.NoError(t, only.Close(t.Context()))
	require.NoError(t, only.Close(t.Context()))
	waiting := make(chan error, 1)
	go func() {
		var err error
		for err == nil {
			_, err = started.Next(context.Background())
		}
		waiting <- err
	}()
	require.NoError(t, started.Close(t.Context()))
	require.ErrorIs(t, <-waiting, ErrClosed)
	require.Eventually(t, slots, testTimeout, 10*time.Millisecond)
	require.ErrorIs(t, started.Fold(t.Context(), []*User{{Username: "é"}}), ErrClosed)
}
