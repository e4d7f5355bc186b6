package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/config"
)

// TestAdoptMoveOutput compares the output of the commands, with one of each object.
func TestAdoptMoveOutput(t *testing.T) {
	t.Parallel()
	c := service(t, `
		INSERT INTO users (username, password_hash, phone_number, role) VALUES ('ada', 'h', '+1', 'OWNER');
		INSERT INTO user_follows (follower_id, following_id) VALUES ('a', 'a')`)
	tells := func(command func(context.Context, config.Common, AdoptMove, *slog.Logger, io.Writer, io.Writer) error) string {
		var out bytes.Buffer
		require.NoError(t, command(t.Context(), c, AdoptMove{LockWait: time.Minute}, slog.New(slog.DiscardHandler), &out, io.Discard))
		return out.String()
	}
	prepared := tells(AdoptPrepare)
	require.Contains(t, prepared, "\nusers: 1 row copied\n1 count repaired\nprepared in ")
	require.Regexp(t, `prepared in \d+ (minute|second)s?[ ;]`, prepared)
	switched := tells(AdoptSwitch)
	require.Contains(t, switched, "\n1 self-follow is saved for undo and removed from the tables\n")
	require.NotContains(t, switched, "GRANT")
	conn, err := pgx.Connect(t.Context(), c.Database.URL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), `GRANT SELECT ON users TO pg_monitor`)
	require.NoError(t, err)
	undone := tells(AdoptUndo)
	require.Contains(t, undone, "\nnote: privileges that were granted since the switch are gone; after the next switch, grant them again:\n    GRANT SELECT ON public.users TO pg_monitor;\n")
	require.Contains(t, undone, "\n1 self-follow is restored\n")
	require.Contains(t, undone, "\n- the Cognito ids of 1 account: ")
}
