package changes

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// testTimeout is the time limit of every wait in these tests.
const testTimeout = time.Minute

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

func queryOne[T any](t *testing.T, conn *pgx.Conn, sql string, args ...any) T {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, args...)
	require.NoError(t, err)
	value, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	require.NoError(t, err)
	return value
}

func openStream(t *testing.T, opts Options) *Stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	s, err := Open(ctx, opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

// start opens and starts a stream.
func start(t *testing.T, opts Options) *Stream {
	t.Helper()
	s := openStream(t, opts)
	require.NoError(t, s.Start(t.Context()))
	return s
}

// next returns the next transaction with changes, whole.
func next(t *testing.T, s *Stream) *Transaction {
	t.Helper()
	whole, err := tryNext(t, s)
	require.NoError(t, err)
	return whole
}

func tryNext(t *testing.T, s *Stream) (*Transaction, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	var all []Change
	for {
		part, err := s.Next(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, part.Changes...)
		if !part.More && len(all) > 0 {
			part.Changes = all
			return part, nil
		}
	}
}

// describe returns one line for a change.
func describe(c Change) string {
	kind := []string{"insert", "update", "delete", "truncate"}[c.Kind]
	switch {
	case c.User != nil:
		return fmt.Sprintf("%s %s %s %s", kind, c.Table, c.User.Username, c.User.Role)
	case c.Follow != nil:
		return fmt.Sprintf("%s %s %s->%s", kind, c.Table, c.Follow.FollowerID, c.Follow.FollowingID)
	case c.Stats != nil:
		return fmt.Sprintf("%s %s %s", kind, c.Table, c.Stats.UserID)
	default:
		return kind + " " + c.Table
	}
}

func lines(t *Transaction) []string {
	var all []string
	for _, c := range t.Changes {
		all = append(all, describe(c))
	}
	return all
}

func addUser(t *testing.T, conn *pgx.Conn, name string) int64 {
	t.Helper()
	return queryOne[int64](t, conn, `INSERT INTO users (username, phone_number, password_hash, cognito_id, firstname) SELECT name, name, 'h', 'c-' || name, name FROM (VALUES ($1::text)) AS new (name) RETURNING id`, name)
}
