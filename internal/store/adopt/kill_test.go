package adopt_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
)

// killer closes the connection at its n-th statement, as the end of the process would: before the statement is sent, or
// after it is done.
type killer struct {
	at    int
	after bool
	seen  int
	fired bool
}

func (k *killer) TraceQueryStart(ctx context.Context, conn *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	k.seen++
	if k.seen == k.at && !k.after {
		k.fire(conn)
	}
	return ctx
}

func (k *killer) TraceQueryEnd(_ context.Context, conn *pgx.Conn, _ pgx.TraceQueryEndData) {
	if k.seen == k.at && k.after {
		k.fire(conn)
	}
}

func (k *killer) fire(conn *pgx.Conn) {
	k.fired = true
	_ = conn.PgConn().Conn().Close()
}

// TestMoveKilledAnywhere kills each command at its first statement, runs it again, kills it at a later statement, and
// so on until it succeeds. A command that another part of the test has killed in this way is killed at fewer statements.
// The service keeps writing meanwhile, and nothing is lost.
func TestMoveKilledAnywhere(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, conn := serviceDatabase(t, variants["team"]+variants["naive_follows"]+variants["not_unique"]+variants["enum_user_role"])
			before := withoutLinks(catalog(t, conn))
			service := startWriters(t, url, 2)
			kills := 0
			// The larger share is, the more statements run is killed at.
			until := func(share int, run func(options adopt.Options) error) {
				for n := 1; ; n += 1 + n/share {
					k := &killer{at: n, after: after}
					err := run(adopt.Traced(options(t), k))
					if !k.fired {
						require.NoError(t, err)
						return
					}
					kills++
				}
			}
			const fine, few = 5, 1
			prepare := func(options adopt.Options) error { _, err := adopt.Prepare(t.Context(), url, options); return err }
			switchOver := func(options adopt.Options) error { _, err := adopt.Switch(t.Context(), url, options); return err }
			undo := func(options adopt.Options) error {
				// If it was killed after its last commit, nothing is left to undo.
				if _, err := adopt.Undo(t.Context(), url, options); err != nil && err.Error() != nothingToUndo {
					return err
				}
				return nil
			}
			until(fine, prepare)
			until(fine, undo)
			require.Equal(t, before, withoutLinks(catalog(t, conn)))
			until(few, prepare)
			until(fine, switchOver)
			until(fine, undo)
			require.Equal(t, before, withoutLinks(catalog(t, conn)))
			until(few, prepare)
			until(few, switchOver)
			service.end(conn, "public")
			require.Zero(t, drifts(t, conn, "public"))
			until(fine, func(options adopt.Options) error {
				err := adopt.Finish(t.Context(), url, adopt.FinishOptions{Options: options, Sample: time.Millisecond})
				if err != nil && err.Error() != nothingToFinish {
					return err
				}
				return nil
			})
			require.Zero(t, drifts(t, conn, "public"))
			require.Greater(t, kills, 50)
		})
	}
}

const (
	nothingToUndo   = "undo is not possible: no adoption is in progress: run `followgraph adopt check`, then `followgraph adopt prepare`"
	nothingToFinish = "finish is not possible: no adoption is in progress: run `followgraph adopt check`, then `followgraph adopt prepare`"
)
