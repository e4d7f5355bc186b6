package store

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/testdb"
)

// TestClassify checks the code of each error that a driver may return, depending on the caller's context.
func TestClassify(t *testing.T) {
	t.Parallel()
	const inTime, late, left = "in time", "late", "left"
	contexts := map[string]context.Context{inTime: t.Context()}
	var cancel context.CancelFunc
	contexts[left], cancel = context.WithCancel(t.Context())
	cancel()
	contexts[late], cancel = context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	reported := func(code string) error { return fmt.Errorf("doing: %w", &pgconn.PgError{Code: code}) }
	network := &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}

	for name, test := range map[string]struct {
		err                error
		inTime, late, left apperr.Code // the last two equal the first if they are empty
	}{
		"deadline":                 {context.DeadlineExceeded, apperr.Timeout, "", apperr.Canceled},
		"canceled":                 {context.Canceled, apperr.Timeout, "", apperr.Canceled},
		"query_canceled":           {reported("57014"), apperr.Timeout, "", apperr.Canceled},
		"lock_not_available":       {reported("55P03"), apperr.Timeout, "", apperr.Canceled},
		"read_only":                {reported("25006"), apperr.Unavailable, "", ""},
		"serialization_failure":    {reported("40001"), apperr.Unavailable, "", ""},
		"deadlock_detected":        {reported("40P01"), apperr.Unavailable, "", ""},
		"connection_exception":     {reported("08000"), apperr.Unavailable, "", ""},
		"does_not_exist":           {reported("08003"), apperr.Unavailable, "", ""},
		"connection_failure":       {reported("08006"), apperr.Unavailable, "", ""},
		"protocol_violation":       {reported("08P01"), apperr.Unavailable, "", ""},
		"disk_full":                {reported("53100"), apperr.Unavailable, "", ""},
		"out_of_memory":            {reported("53200"), apperr.Unavailable, "", ""},
		"too_many_connections":     {reported("53300"), apperr.Unavailable, "", ""},
		"admin_shutdown":           {reported("57P01"), apperr.Unavailable, "", ""},
		"crash_shutdown":           {reported("57P02"), apperr.Unavailable, "", ""},
		"cannot_connect_now":       {reported("57P03"), apperr.Unavailable, "", ""},
		"database_dropped":         {reported("57P04"), apperr.Unavailable, "", ""},
		"idle_session_timeout":     {reported("57P05"), apperr.Unavailable, "", ""},
		"idle_in_transaction":      {reported("25P03"), apperr.Unavailable, "", ""},
		"transaction_timeout":      {reported("25P04"), apperr.Unavailable, "", ""},
		"operator_intervention":    {reported("57000"), apperr.Unavailable, "", ""},
		"undefined_file":           {reported("58P01"), apperr.Unavailable, "", ""},
		"configuration_limit":      {reported("53400"), apperr.Unavailable, "", ""},
		"snapshot_too_old":         {reported("72000"), apperr.Unavailable, "", ""},
		"a changed result":         {&pgconn.PgError{Code: "0A000", Routine: "RevalidateCachedQuery"}, apperr.Unavailable, "", ""},
		"feature_not_supported":    {reported("0A000"), apperr.Internal, "", ""},
		"a function in recovery":   {&pgconn.PgError{Code: "55000", File: "xlogfuncs.c"}, apperr.Unavailable, "", ""},
		"a lock in recovery":       {&pgconn.PgError{Code: "55000", File: "lock.c"}, apperr.Unavailable, "", ""},
		"a view":                   {reported("55000"), apperr.DatabaseMismatch, "", ""},
		"no connection in time":    {errNoneFree, apperr.Unavailable, "", ""},
		"connection refused":       {&pgconn.ConnectError{}, apperr.Unavailable, "", ""},
		"io_error":                 {reported("58030"), apperr.Unavailable, "", ""},
		"undefined_table":          {reported("42P01"), apperr.DatabaseMismatch, "", ""},
		"unique_violation":         {reported("23505"), apperr.Internal, "", ""},
		"internal_error":           {reported("XX000"), apperr.Internal, "", ""},
		"of no known form":         {reported(""), apperr.Internal, "", ""},
		"reset":                    {network, apperr.Unavailable, "", ""},
		"end":                      {io.EOF, apperr.Unavailable, "", ""},
		"cut off":                  {io.ErrUnexpectedEOF, apperr.Unavailable, "", ""},
		"closed":                   {net.ErrClosed, apperr.Unavailable, "", ""},
		"closed before":            {pgconn.ErrConnClosed, apperr.Unavailable, "", ""},
		"silent":                   {errSilent, apperr.Unavailable, "", ""},
		"TLS alert":                {tls.AlertError(40), apperr.Unavailable, "", ""},
		"database/sql gave up":     {driver.ErrBadConn, apperr.Unavailable, "", ""},
		"database/sql's is closed": {sql.ErrConnDone, apperr.Unavailable, "", ""},
		"a fault of ours":          {errors.New("ours"), apperr.Internal, "", ""},
		"has a code":               {apperr.New(apperr.Conflict, "taken"), apperr.Conflict, "", ""},
	} {
		for state, want := range map[string]apperr.Code{inTime: test.inTime, late: test.late, left: test.left} {
			if want == "" {
				want = test.inTime
			}
			require.Equal(t, want, apperr.CodeOf(classify(contexts[state], test.err)), "%s, %s", name, state)
		}
	}
	require.NoError(t, classify(t.Context(), nil))
}

// TestConnectErrors checks that connecting fails in ways that are not an error of the statement, such as a changed
// password.
func TestConnectErrors(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for the test's whole length
	require.NoError(t, err)
	t.Cleanup(func() { _ = silent.Close() })
	for name, url := range map[string]string{
		"no listener":                "postgres://127.0.0.1:1/none?sslmode=disable",
		"no response":                "postgres://" + silent.Addr().String() + "/none?sslmode=disable&connect_timeout=1",
		"no response, encrypted":     "postgres://" + silent.Addr().String() + "/none?sslmode=require&connect_timeout=1",
		"no such database":           replacePath(t, testdb.New(t), "/nowhere"),
		"a host that does not exist": "postgres://does-not-exist.invalid/none",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(t.Context(), url, Options{})
			require.Equal(t, apperr.Unavailable, apperr.CodeOf(err), "%v", err)
		})
	}
}

// TestCanceledByServer makes an administrator, and the server's own limit, end statements of a caller who is still
// waiting.
func TestCanceledByServer(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	s, err := Open(t.Context(), url, Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	for name, end := range map[string]string{
		"administrator":     "",
		"statement_timeout": "SET statement_timeout = '10ms'; ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := s.pool.Acquire(t.Context())
			require.NoError(t, err)
			defer conn.Release()
			ended := make(chan error, 1)
			go func() {
				_, err := conn.Conn().PgConn().Exec(t.Context(), end+"SELECT pg_sleep(600)").ReadAll()
				ended <- classify(t.Context(), err)
			}()
			if end == "" {
				admin, pid := connect(t, url), conn.Conn().PgConn().PID()
				require.Eventually(t, func() bool {
					var done bool
					err := admin.QueryRow(t.Context(), `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND state = 'active'`, pid).Scan(&done)
					return err == nil && done
				}, time.Minute, time.Millisecond)
			}
			require.Equal(t, apperr.Timeout, apperr.CodeOf(<-ended))
		})
	}
}
