package app

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/store/adopt"
)

// TestMigrateOfflineContinues checks that the next run completes an adoption that was interrupted after the switch.
func TestMigrateOfflineContinues(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	c := service(t, ``)
	_, err := adopt.Prepare(t.Context(), c.Database.URL, adopt.Options{})
	require.NoError(t, err)
	_, err = adopt.Switch(t.Context(), c.Database.URL, adopt.Options{})
	require.NoError(t, err)
	run := func(offline bool) string {
		var out bytes.Buffer
		require.NoError(t, MigrateUp(t.Context(), c, MigrateOptions{Offline: offline}, log, &out, &bytes.Buffer{}))
		return out.String()
	}
	err = MigrateUp(t.Context(), c, MigrateOptions{Offline: true}, log, &bytes.Buffer{}, &bytes.Buffer{})
	require.ErrorContains(t, err, "migrate up --offline is not possible: the database is switched already", "an adoption that is not offline is not finished")
	require.Contains(t, run(false), "`followgraph adopt finish` once the Python service is off")

	conn, err := pgx.Connect(t.Context(), c.Database.URL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), `UPDATE followgraph_adoption.state SET adoption = jsonb_set(adoption, '{offline}', 'true')`)
	require.NoError(t, err)
	require.Contains(t, run(false), "run `followgraph migrate up --offline` again")
	require.Regexp(t, "^migrated the tables of the Python service in schema public from revision e67a8cedc427 to version [0-9]+; run `followgraph adopt link` next\n$", run(true))
	require.Equal(t, "nothing to apply\n", run(true))
}
