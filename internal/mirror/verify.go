package mirror

import (
	"context"
	"errors"
	"time"

	"followgraph/internal/changes"
)

// verifier is a stream of which it must be verified that it is in the history of its positions. The error is
// changes.ErrOtherTimeline if what has arrived before is not.
type verifier interface{ Verify(context.Context) error }

// verification is how far the stream of a standby is known to be in the history of its positions. A standby that is
// promoted goes on to stream, so each version is held back until the standby was asked after the version had arrived.
type verification struct {
	stream  verifier // nil if versions need no verification
	end     context.CancelCauseFunc
	begun   int // versions that were held since the stream began
	done    int // of them, those that are verified
	running bool
}

// covers reports whether the first n of the held versions are verified.
func (v *verification) covers(n, held int) bool {
	return v.stream == nil || v.begun-held+n <= v.done
}

// verifyPatience is how long a standby may leave the question unanswered before the stream counts as lost.
const verifyPatience = 10 * time.Second

// verifyHeld asks the standby as long as there are versions that are not verified, at most once in firstVisiblePause.
// Each question is for all versions that are held by then.
func (m *Mirror) verifyHeld(ctx context.Context) {
	v := &m.visibility
	pause := time.NewTimer(0)
	defer pause.Stop()
	failing := time.Time{}
	for {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return
		}
		v.mu.Lock()
		if v.ctx != ctx || v.verify.begun == v.verify.done {
			if v.ctx == ctx {
				v.verify.running = false
			}
			v.mu.Unlock()
			return
		}
		verify, upTo := v.verify, v.verify.begun
		v.mu.Unlock()
		next := firstVisiblePause
		asking, cancel := context.WithTimeout(ctx, askTimeout)
		err := verify.stream.Verify(asking)
		cancel()
		switch {
		case err == nil:
			failing = time.Time{}
			v.mu.Lock()
			if v.ctx == ctx {
				v.verify.done = upTo
				m.show()
			}
			v.mu.Unlock()
		case errors.Is(err, changes.ErrOtherTimeline), !failing.IsZero() && time.Since(failing) > verifyPatience:
			verify.end(err)
			return
		default:
			if failing.IsZero() {
				failing = time.Now()
			}
			next = lastVisiblePause
		}
		pause.Reset(next)
	}
}
