package mirror

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/resident"
)

// scriptedVerifier answers each question when the test lets it.
type scriptedVerifier struct{ answers chan error }

func (s scriptedVerifier) Verify(ctx context.Context) error {
	select {
	case err := <-s.answers:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// held returns a Mirror without a database.
func held() *Mirror { return New(Options{MaxMemory: largeMemory, Log: slog.New(slog.DiscardHandler)}) }

// TestVersionsWaitForTheirVerification holds versions whose transactions SQL sees: only those that had arrived before a
// question was sent are shown after its answer.
func TestVersionsWaitForTheirVerification(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		m := held()
		version := func(lsn uint64) *resident.Version {
			return resident.NewBuilder().Graph(commit.Position{System: 1, Timeline: 1, LSN: lsn}).Version()
		}
		snapshot, err := commit.ParseSnapshot("100:100:")
		require.NoError(t, err)
		verifier := scriptedVerifier{make(chan error)}
		first := version(10)
		m.startHolding(ctx, first, first.Position(), time.Now(), verification{stream: verifier, end: cancel})
		m.sees(first.Position(), snapshot)
		arrive := func(lsn uint64, xid uint32) {
			require.NoError(t, m.hold(heldVersion{version: version(lsn), xid: xid, commitAt: time.Now()}))
			synctest.Wait()
		}
		served := func() uint64 { return m.served.Load().Position().LSN }
		answer := func(err error) { verifier.answers <- err; synctest.Wait() }

		arrive(11, 50) // the question is sent
		arrive(12, 51)
		arrive(13, 0) // moves the position only
		require.EqualValues(t, 10, served())
		answer(nil)
		require.EqualValues(t, 11, served())
		<-time.After(firstVisiblePause)
		answer(nil)
		require.EqualValues(t, 13, served())
		<-time.After(time.Minute)
		synctest.Wait() // no question while nothing is held

		arrive(14, 52)
		answer(errors.New("away"))
		<-time.After(lastVisiblePause)
		answer(nil)
		require.EqualValues(t, 14, served(), "it asks again after an error")

		<-time.After(firstVisiblePause)
		arrive(15, 53)
		answer(changes.ErrOtherTimeline)
		require.EqualValues(t, 14, served())
		require.ErrorIs(t, context.Cause(ctx), changes.ErrOtherTimeline)
	})
}

// TestUnanswerableVerification ends a stream whose server does not answer the question for long.
func TestUnanswerableVerification(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		m := held()
		v := resident.NewBuilder().Graph(commit.Position{System: 1, Timeline: 1, LSN: 10}).Version()
		began := time.Now()
		m.startHolding(ctx, v, v.Position(), time.Now(), verification{stream: scriptedVerifier{}, end: cancel})
		require.NoError(t, m.hold(heldVersion{version: v}))
		<-ctx.Done()
		require.ErrorIs(t, context.Cause(ctx), context.DeadlineExceeded)
		require.InDelta(t, verifyPatience.Seconds(), time.Since(began).Seconds(), 2*askTimeout.Seconds()+1)
	})
}

// TestAnotherHistory takes an answer of a server at another timeline: its snapshot is about other transactions.
func TestAnotherHistory(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	m := held()
	m.cancel.Store(&cancel)
	at := commit.Position{System: 1, Timeline: 1, LSN: 10}
	v := resident.NewBuilder().Graph(at).Version()
	m.startHolding(ctx, v, at, time.Now(), verification{})
	at.Timeline++
	snapshot, err := commit.ParseSnapshot("100:100:")
	require.NoError(t, err)
	m.sees(at, snapshot)
	require.ErrorIs(t, context.Cause(ctx), errOtherServer)
	require.False(t, m.visibility.seen.Sees(50))
}
