package store

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var (
	sessionSQL         = statement("session", nil)
	sessionSelfSQL     = statement("session_self", nil)
	sessionActivitySQL = statement("session_activity", nil)
)

// prepareSession configures the planner. TestPlans checks that every statement has a good generic plan, so no statement
// needs a new plan for its arguments. By default, PostgreSQL would replan statements for a single key each time.
// Memoize and JIT cost lookups by key more than they save. A setting in the database URL, or of the role or the database,
// takes precedence.
func prepareSession(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	_, err := conn.PgConn().Exec(ctx, sessionSQL).ReadAll() // below the tracer: the statement belongs to no operation
	return err
}

// session identifies the server process of a connection. It is zero behind a pooler such as PgBouncer, which may give
// each transaction another session, and which hides the process ids in any case.
type session struct {
	pid    uint32
	server string // identifies one start of one server
}

func sessionOf(ctx context.Context, conn *pgconn.PgConn) (session, error) {
	row, err := oneRow(conn.Exec(ctx, sessionSelfSQL))
	if err != nil {
		var refused *pgconn.PgError
		if errors.As(err, &refused) { // no such function: the server is not PostgreSQL, but uses its protocol
			return session{}, nil
		}
		return session{}, err
	}
	if row[0] != strconv.FormatUint(uint64(conn.PID()), 10) {
		return session{}, nil
	}
	return session{conn.PID(), row[1]}, nil
}

// busySessions returns which of the sessions in pids are executing a statement, and the server that conn is connected
// to.
func busySessions(ctx context.Context, conn *pgconn.PgConn, pids []uint32) (busy map[session]bool, server string, err error) {
	list := make([]string, len(pids))
	for i, pid := range pids {
		list[i] = strconv.FormatUint(uint64(pid), 10)
	}
	result := conn.ExecParams(ctx, sessionActivitySQL, [][]byte{[]byte("{" + strings.Join(list, ",") + "}")}, nil, nil, nil).Read()
	if result.Err != nil {
		return nil, "", result.Err
	}
	server = string(result.Rows[0][0])
	busy = map[session]bool{}
	for text := range strings.SplitSeq(string(result.Rows[0][1]), ",") {
		if pid, err := strconv.ParseUint(text, 10, 32); err == nil {
			busy[session{uint32(pid), server}] = true
		}
	}
	return busy, server, nil
}

// oneRow returns the single row of a single statement, as text.
func oneRow(results *pgconn.MultiResultReader) ([]string, error) {
	all, err := results.ReadAll()
	if err != nil {
		return nil, err
	}
	var row []string
	for _, value := range all[0].Rows[0] {
		row = append(row, string(value))
	}
	return row, nil
}
