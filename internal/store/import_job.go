package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// job is a long piece of work on a connection of its own: its staging tables are temporary, so that the
// server drops them whatever becomes of us, and its settings must not leak into the pool.
type job struct {
	conn *pgx.Conn
}

var jobSession = statement("import_job", nil)

func (s *Store) startJob(ctx context.Context) (*job, error) {
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

// close ends the session even where the context of the work is done.
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

// chunks calls work for the lines 1 to total, size of them at a time, and adds up what it returns. Each
// call is a transaction of its own that is run again when it falls victim to a deadlock. progress is told
// how many lines are done, as is the caller.
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
