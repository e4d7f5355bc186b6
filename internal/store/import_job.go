package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/store/connection"
)

// job is a long-running task on a dedicated connection. Its staging tables are temporary, so the server drops them even
// if this program crashes. The connection is dedicated because its settings must not leak into the pool. It needs a
// session to itself.
type job struct {
	conn *pgx.Conn
}

var jobSession = statement("import_job", nil)

func (s *Store) startJob(ctx context.Context) (*job, error) {
	if s.pool.sharing.shared.Load() {
		return nil, connection.ErrSharedSession
	}
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return nil, classify(ctx, err)
	}
	j := &job{conn}
	if err := j.script(ctx, jobSession); err != nil {
		j.close(ctx)
		return nil, err
	}
	return j, nil
}

// close ends the session even if the context of the work is done.
func (j *job) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = j.conn.Close(ctx)
}

// script runs several statements without arguments.
func (j *job) script(ctx context.Context, sql string) error {
	_, err := j.conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
	return classify(ctx, err)
}

// chunks calls work for the lines 1 to total, size lines at a time, and returns the sum of its results. Each call is a
// separate transaction that is retried after a deadlock. It reports the number of completed lines to progress, and also
// returns it.
func (j *job) chunks(
	ctx context.Context, total, size int64,
	work func(ctx context.Context, from, to int64) (int64, error), progress func(done int64),
) (sum, done int64, err error) {
	for done < total {
		progress(done)
		err := withRetries(ctx, func() error {
			result, err := work(ctx, done+1, done+1+size)
			sum += result
			return err
		})
		if err != nil {
			return sum, done, classify(ctx, err)
		}
		done = min(done+size, total)
	}
	progress(done)
	return sum, done, nil
}
