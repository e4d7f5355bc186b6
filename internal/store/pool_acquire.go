package store

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// The methods of this file replace those of pgxpool.Pool. They differ if the server refuses a connection: then they
// wait for an open connection until ctx ends, see growth.

// Acquire is [pgxpool.Pool.Acquire].
func (p *connections) Acquire(ctx context.Context) (conn *pgxpool.Conn, err error) {
	err = p.whileRefused(ctx, func() error {
		conn, err = p.Pool.Acquire(ctx)
		return err
	})
	return conn, err
}

// Query is [pgxpool.Pool.Query].
func (p *connections) Query(ctx context.Context, text string, args ...any) (rows pgx.Rows, err error) {
	err = p.whileRefused(ctx, func() error {
		rows, err = p.Pool.Query(ctx, text, args...) //nolint:sqlclosecheck // the caller closes them
		return err
	})
	if err != nil {
		return failedRows{Rows: rows, err: err}, err
	}
	return rows, nil
}

// failedRows are the rows of a query that failed. Err returns the error of the query, which can differ from that of the
// last attempt.
type failedRows struct {
	pgx.Rows
	err error
}

// Err returns the error of the query.
func (r failedRows) Err() error { return r.err }

// QueryRow is [pgxpool.Pool.QueryRow].
func (p *connections) QueryRow(ctx context.Context, text string, args ...any) pgx.Row {
	rows, err := p.Query(ctx, text, args...)
	return singleRow{rows, err}
}

// singleRow is the row of QueryRow.
type singleRow struct {
	rows pgx.Rows
	err  error
}

// Scan reads the row and closes the rows.
func (r singleRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

// Exec is [pgxpool.Pool.Exec].
func (p *connections) Exec(ctx context.Context, text string, args ...any) (tag pgconn.CommandTag, err error) {
	err = p.whileRefused(ctx, func() error {
		tag, err = p.Pool.Exec(ctx, text, args...)
		return err
	})
	return tag, err
}

// BeginTx is [pgxpool.Pool.BeginTx].
func (p *connections) BeginTx(ctx context.Context, options pgx.TxOptions) (tx pgx.Tx, err error) {
	err = p.whileRefused(ctx, func() error {
		tx, err = p.Pool.BeginTx(ctx, options)
		return err
	})
	return tx, err
}

// Ping is [pgxpool.Pool.Ping].
func (p *connections) Ping(ctx context.Context) error {
	return p.whileRefused(ctx, func() error { return p.Pool.Ping(ctx) })
}

// openDB returns a database/sql database whose connections are those of the pool. Closing it leaves the pool open.
func (p *connections) openDB() *sql.DB {
	db := sql.OpenDB(connector{stdlib.GetPoolConnector(p.Pool), p})
	db.SetMaxIdleConns(0) // the pool has them
	return db
}

// connector is the connector of openDB.
type connector struct {
	driver.Connector
	pool *connections
}

// Connect acquires a connection from the pool.
func (c connector) Connect(ctx context.Context) (conn driver.Conn, err error) {
	err = c.pool.whileRefused(ctx, func() error {
		conn, err = c.Connector.Connect(ctx)
		return err
	})
	return conn, err
}

// whileRefused runs acquire until it returns another error than a refusal, or there is no open connection, or ctx ends.
func (p *connections) whileRefused(ctx context.Context, acquire func() error) error {
	for {
		err := acquire()
		if err == nil || !isRefusal(err) {
			return err
		}
		p.growth.refuse(err)
		switch {
		case ctx.Err() != nil:
			return (&acquisition{Context: ctx}).Err()
		case !p.hasOpen():
			return p.growth.lastRefusal()
		}
	}
}

// lastRefusal returns the server's last refusal of a connection.
func (g *growth) lastRefusal() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.cause
}
