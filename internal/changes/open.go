package changes

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"followgraph/internal/commit"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Options configure a stream. Only URL is needed.
type Options struct {
	// URL is the address at which the stream is read. It must lead to PostgreSQL itself, not to a pooler.
	URL string
	// Source returns the database of which URL must be another address; nil if URL is the only one.
	Source func(context.Context) (Source, error)
	// LogOpen makes the primary server log its open transactions, which the slot of a stream from a standby waits for. It
	// is called if Source.MayLogOpen. Otherwise FlushLog is, which writes something to the log: the primary server then
	// logs them within 15 s.
	LogOpen, FlushLog func(context.Context) error
	// OnMessage is called with the messages that programs write to the log by Emit, without a transaction; nil for none. It
	// must not block, and must not keep content. Every role of the database can write messages.
	OnMessage func(content []byte)
	// Connections is the number of connections that Load uses; 0 means 2.
	Connections int
	// Part is the number of changes after which a part of a transaction is returned; 0 means 8192. A part has fewer if
	// they exceed 8 MB.
	Part int
	// Acknowledge is how often positions are reported to PostgreSQL; 0 means 10 s. It must be less than its
	// wal_sender_timeout (60 s unless configured), which ends a stream that is silent for so long.
	Acknowledge time.Duration
	// Silence is how long PostgreSQL may send nothing, although it is asked at each Acknowledge, before the connection
	// counts as broken; 0 means 30 s.
	Silence time.Duration
	// OnReady is called when the database has all that a stream needs, before the slot is created; nil for nothing.
	OnReady func()
}

// Open creates a temporary slot and a snapshot of the database, which Load reads. The error is a *MissingError if the
// database or the role lacks something; see Diagnose.
//
// PostgreSQL creates a slot once all transactions of the cluster that have written and were open at that moment have
// ended, so Open can take as long as the longest of them. ctx can end the wait.
func Open(ctx context.Context, opts Options) (_ *Stream, err error) {
	opts.Connections = cmp.Or(opts.Connections, 2)
	opts.Part = cmp.Or(opts.Part, 8192)
	opts.Acknowledge = cmp.Or(opts.Acknowledge, 10*time.Second)
	opts.Silence = cmp.Or(opts.Silence, 30*time.Second)
	state, err := inspect(ctx, opts)
	if err != nil {
		return nil, err
	}
	if problems := state.problems(); len(problems) > 0 {
		if all, err := state.diagnose(ctx, opts.URL); err == nil {
			problems = all
		}
		return nil, &MissingError{problems}
	}
	conn, err := connectReplication(ctx, opts.URL)
	if err != nil {
		if problem := state.connectionProblem(err); problem != nil {
			return nil, &MissingError{[]Problem{*problem}}
		}
		return nil, err
	}
	defer func() {
		if err != nil {
			closeSoon(ctx, conn)
		}
	}()
	s := &Stream{
		opts: opts, conn: conn, slot: "followgraph_" + strings.ToLower(rand.Text()), tables: state.places(),
		folder: folder{url: opts.URL}, closing: make(chan struct{}), fromStandby: state.server.IsStandby,
	}
	if s.origin, err = identify(ctx, conn); err != nil {
		return nil, err
	}
	if opts.OnReady != nil {
		opts.OnReady()
	}
	stop := func() {}
	if s.fromStandby {
		stop = opts.logOpen(ctx, state.source.MayLogOpen)
	}
	created, err := pglogrepl.CreateReplicationSlot(ctx, conn, s.slot, "pgoutput", pglogrepl.CreateReplicationSlotOptions{
		Temporary: true, SnapshotAction: "EXPORT_SNAPSHOT", Mode: pglogrepl.LogicalReplication,
	})
	stop()
	if err != nil {
		return nil, fmt.Errorf("create a replication slot: %w", err)
	}
	if s.origin.LSN, err = commit.ParseLSN(created.ConsistentPoint); err != nil {
		return nil, err
	}
	s.snapshot, s.last = created.SnapshotName, s.origin
	return s, nil
}

// identify returns the system and the timeline of a server.
func identify(ctx context.Context, conn *pgconn.PgConn) (commit.Position, error) {
	system, err := pglogrepl.IdentifySystem(ctx, conn)
	if err != nil {
		return commit.Position{}, fmt.Errorf("identify the database system: %w", err)
	}
	id, err := strconv.ParseUint(system.SystemID, 10, 64)
	if err != nil || system.Timeline < 1 || int64(system.Timeline) > math.MaxUint32 {
		return commit.Position{}, errors.Join(fmt.Errorf("the database system has the id %q and the timeline %d", system.SystemID, system.Timeline), err)
	}
	return commit.Position{System: id, Timeline: uint32(system.Timeline)}, nil
}

// connectReplication opens a replication connection to a database.
func connectReplication(ctx context.Context, url string) (*pgconn.PgConn, error) {
	// pgx's parser rather than pgconn's, because it takes pgx's own parameters out of the URL.
	parsed, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	config := parsed.Config
	config.RuntimeParams["replication"] = "database"
	config.RuntimeParams["client_encoding"] = "UTF8"
	conn, err := pgconn.ConnectConfig(ctx, &config)
	if err != nil {
		return nil, fmt.Errorf("open a replication connection: %w", err)
	}
	// The slot may have to wait, and its transaction stays open while the snapshot is loaded. Not at the start, because
	// poolers that pass replication on accept no other parameters there.
	// PostgreSQL 18 only warns about a publication that is missing, see reader.take.
	const settings = `SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = 0; SET client_min_messages = warning`
	if _, err := conn.Exec(ctx, settings).ReadAll(); err != nil {
		closeSoon(ctx, conn)
		return nil, fmt.Errorf("open a replication connection: %w", err)
	}
	return conn, nil
}

// closeSoon ends a connection even if ctx has ended.
func closeSoon(ctx context.Context, conn *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	_ = conn.Close(ctx)
}
