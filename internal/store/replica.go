package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/apperr"
	"followgraph/internal/commit"
	"followgraph/internal/limit"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/store/connection"
)

var (
	replicaStateSQL    = statement("replica_state", nil)
	replicaPositionSQL = statement("replica_position", nil)
	replicaCallerSQL   = statement("replica_caller", nil)
)

// Replica is a standby that answers reads of the public graph. It is safe for concurrent use and owns its connections.
type Replica struct {
	pool *connections
	// asking is the connection of State, so that the state is known while all others are busy.
	asking   *pgx.Conn
	allUsers limit.Mutex // see reads
}

// OpenReplica returns the Replica at url. It does not connect. No error contains the url, which may contain a password.
func OpenReplica(ctx context.Context, url string, opts Options) (*Replica, error) {
	if opts.MaxConns <= 0 {
		opts.MaxConns = defaultMaxConns
	}
	pool, err := openPool(ctx, url, opts.MaxConns, PoolerUnknown, tracer{opts.Observer, observe.ServerReplica})
	if err != nil {
		return nil, connection.Cause(err)
	}
	return &Replica{pool: pool, allUsers: limit.NewMutex()}, nil
}

// Close waits until connections in use are returned, and closes all. State must not be called at the same time.
func (r *Replica) Close() {
	r.hangUp()
	r.pool.Close()
}

// InUse returns the number of connections in use.
func (r *Replica) InUse() int { return int(r.pool.Stat().AcquiredConns()) }

// ReplicaState is what a server at the address of a Replica is.
type ReplicaState struct {
	At       commit.Position // up to which it has replayed the log
	Received uint64          // LSN up to which it has received the log since its start; 0 if it has not
	Standby  bool            // whether it is a standby
	Paused   bool            // whether its replay is paused
	Server   string          // identifies one start of one server
	Tables   string          // identifies the tables of the graph, as Store.Tables does
}

// State asks the server what it is. Calls must not be concurrent.
func (r *Replica) State(ctx context.Context) (s ReplicaState, err error) {
	defer func() {
		if err != nil {
			r.hangUp() //nolint:contextcheck // ctx may have ended
			err = redacted(classify(ctx, err))
		}
	}()
	if err = r.findSharing(ctx); err != nil {
		return s, err
	}
	if r.asking == nil {
		config := r.pool.Config().ConnConfig
		r.pool.prepareMode(config)
		config.Tracer = nil // these statements belong to no operation
		if r.asking, err = pgx.ConnectConfig(ctx, config); err != nil {
			return s, err
		}
	}
	var system int64
	var timeline int32
	var received, replayed string
	err = r.asking.QueryRow(ctx, replicaStateSQL).Scan(&system, &s.Standby, &received, &replayed, &s.Paused, &timeline, &s.Server)
	if err == nil {
		err = r.asking.QueryRow(ctx, graphTablesSQL).Scan(&s.Tables)
	}
	if err != nil {
		return s, err
	}
	s.At.System, s.At.Timeline = uint64(system), uint32(timeline)
	s.Received, err = commit.ParseLSN(received)
	if err == nil {
		s.At.LSN, err = commit.ParseLSN(replayed)
	}
	return s, err
}

// findSharing finds out whether there is a pooler in between, once.
func (r *Replica) findSharing(ctx context.Context) error {
	if r.pool.sharing.known.Load() {
		return nil
	}
	first, err := r.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer first.Release()
	return r.pool.findSharing(ctx, first.Conn())
}

// hangUp closes the connection of State.
func (r *Replica) hangUp() {
	if r.asking == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = r.asking.Close(ctx) // it is not used any more
	r.asking = nil
}

// ReplicaError is the error of a read that a standby did not answer, and that the primary should answer instead.
type ReplicaError struct {
	Reason   ReplicaReason
	Replayed uint64 // LSN up to which the standby has replayed the log, for Behind
	err      error
}

// ReplicaReason is why a standby did not answer a read.
type ReplicaReason string

// The reasons.
const (
	ReplicaBehind ReplicaReason = "behind" // it has not replayed what the read needs
	ReplicaOther  ReplicaReason = "other"  // another server answered, or it is no standby any more
	ReplicaFailed ReplicaReason = "failed" // the connection or the statement failed
)

// ReplicaReasons are all reasons.
var ReplicaReasons = [...]ReplicaReason{ReplicaBehind, ReplicaOther, ReplicaFailed}

func (e *ReplicaError) Error() string { return fmt.Sprintf("standby (%s): %v", e.Reason, e.err) }

// Unwrap returns the cause.
func (e *ReplicaError) Unwrap() error { return e.err }

var (
	errBehind     = errors.New("the standby has not replayed what the read needs")
	errNotStandby = errors.New("the server is not a standby, or not the same one as before")
)

// ReplicaRead are reads of one operation from a standby, one after the other or at once. An error is a *ReplicaError,
// unless the operation itself exceeds a limit.
type ReplicaRead struct {
	reads
	pool   *connections
	server string
	need   uint64
	report func(before, after uint64)
}

// Read returns reads that need what was committed up to an LSN, from a server that State has identified. After each
// read, report is called with the LSNs between which its data is: the data has everything up to before, and nothing
// later than after.
func (r *Replica) Read(server string, need uint64, report func(before, after uint64)) *ReplicaRead {
	read := &ReplicaRead{pool: r.pool, server: server, need: need, report: report}
	read.reads = reads{read.run, r.allUsers, defaultSearchLimits, maxFollowersWalk}
	return read
}

// run sends queries in one round trip, between two questions for the position. If the first answer shows that the
// standby lacks what the read needs, the rows are not read.
func (r *ReplicaRead) run(ctx context.Context, queries []query) (int, error) {
	err := r.send(ctx, queries)
	if err == nil {
		return len(queries), nil
	}
	var ours *apperr.Error
	var known *ReplicaError
	if !errors.As(err, &ours) && !errors.As(err, &known) {
		err = &ReplicaError{Reason: ReplicaFailed, err: err}
	}
	return 0, err
}

func (r *ReplicaRead) send(ctx context.Context, queries []query) error {
	var batch pgx.Batch
	batch.Queue(replicaPositionSQL)
	for _, q := range queries {
		batch.Queue(q.sql, q.args...)
	}
	batch.Queue(replicaPositionSQL)
	results := r.pool.SendBatch(ctx, &batch)
	defer func() { _ = results.Close() }() // returns the connection, even if a reader panics
	before, err := r.position(results)
	switch {
	case err != nil:
		if isRefusal(err) {
			r.pool.growth.refuse(err) // the primary answers instead of waiting for an open connection
		}
		return err
	case before < r.need:
		return &ReplicaError{ReplicaBehind, before, errBehind}
	}
	for _, q := range queries {
		rows, err := results.Query()
		if err == nil {
			err = q.read(ctx, rows)
		}
		if err != nil {
			return err
		}
	}
	after, err := r.position(results) // it also shows that the server was a standby all the time
	if err == nil {
		err = results.Close()
	}
	if err != nil {
		return err
	}
	r.report(before, after)
	return nil
}

// position reads the answer to one question for the position.
func (r *ReplicaRead) position(results pgx.BatchResults) (uint64, error) {
	var replayed *string
	var server string
	if err := results.QueryRow().Scan(&replayed, &server); err != nil {
		return 0, err
	}
	if replayed == nil || server != r.server {
		return 0, &ReplicaError{Reason: ReplicaOther, err: errNotStandby}
	}
	return commit.ParseLSN(*replayed)
}

// Caller returns the version of an account's tokens and its role, as the standby has them. found is false if it has no
// such account.
func (r *ReplicaRead) Caller(ctx context.Context, cognitoID string) (version int64, role model.UserRole, found bool, err error) {
	_, err = r.run(ctx, []query{{replicaCallerSQL, []any{cognitoID}, func(_ context.Context, rows pgx.Rows) error {
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&version, &role); err != nil {
				return err
			}
			found = true
		}
		return rows.Err()
	}}})
	return version, role, found, err
}
