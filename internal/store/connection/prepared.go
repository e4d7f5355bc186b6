package connection

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// probe is the name of the statement that CheckPrepared prepares.
const probe = "followgraph_probe"

// CheckPrepared checks that prepared statements work: a pooler may share sessions and not support them. Two connections
// prepare a statement under one name, as the connections of a pool do. On one shared session the second one fails, and
// the error is an UnfitError. CheckPrepared connects twice. If the execution mode prepares no statements, it does
// nothing.
func CheckPrepared(ctx context.Context, config *pgx.ConnConfig) error {
	if config.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement {
		return nil
	}
	var conns [2]*pgx.Conn
	for i := range conns {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		conns[i] = conn
	}
	return checkPrepared(ctx, conns[0].PgConn(), conns[1].PgConn())
}

// SQLSTATEs that mean that another client has prepared the statement on the same session, or that this session does not
// have it.
const (
	duplicatePreparedStatement = "42P05"
	noSuchPreparedStatement    = "26000"
)

func checkPrepared(ctx context.Context, first, second *pgconn.PgConn) error {
	err := prepare(ctx, first, second)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == duplicatePreparedStatement || refused.Code == noSuchPreparedStatement) {
		return unfit("the pooler at this address shares sessions and does not support prepared statements: add " +
			"default_query_exec_mode=cache_describe to the database's address, or set max_prepared_statements in PgBouncer 1.21 or later")
	}
	return err
}

func prepare(ctx context.Context, conns ...*pgconn.PgConn) error {
	for _, conn := range conns {
		if _, err := conn.Prepare(ctx, probe, "SELECT 1", nil); err != nil {
			return fmt.Errorf("prepare a statement: %w", err)
		}
	}
	for _, conn := range conns {
		if err := conn.ExecPrepared(ctx, probe, nil, nil, nil).Read().Err; err != nil {
			return fmt.Errorf("run a prepared statement: %w", err)
		}
	}
	for _, conn := range conns {
		if err := conn.Deallocate(ctx, probe); err != nil {
			return fmt.Errorf("drop a prepared statement: %w", err)
		}
	}
	return nil
}
