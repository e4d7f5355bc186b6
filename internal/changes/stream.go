// Package changes reads PostgreSQL's stream of commits: a snapshot of three tables, then whole transactions in commit
// order, each with its position.
//
// [Diagnose] reports what keeps a database from being streamed. [Open] (open.go) creates a temporary replication slot
// and a snapshot; [Stream.Load] (load.go, copy.go) reads the snapshot, [Stream.Start] and [Stream.Next] (stream.go) the
// transactions after it (message.go, transaction.go). [Stream.Fold] (fold.go) computes search keys. publication.go has
// the publication that a migration creates, inspect.go reads its state.
//
// The slot ends with its connection, so that a program that stops leaves nothing behind. A stream that returned an error
// cannot continue: open another one and load again.
package changes

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"followgraph/internal/commit"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Stream is one replication connection with a temporary slot. Load, Start and Next must not be called concurrently;
// Fold, Check and Close may be called at any time.
type Stream struct {
	opts     Options
	conn     *pgconn.PgConn
	slot     string
	snapshot string
	origin   commit.Position // of the snapshot
	last     commit.Position // of the last transaction that Next returned, or of the snapshot
	tables   map[string]place
	folder   folder

	fromStandby bool
	verifier    verifier

	reader  *reader // nil before Start
	closing chan struct{}
	once    sync.Once
}

// Position returns the position of the last whole transaction that Next returned, or of the snapshot.
func (s *Stream) Position() commit.Position { return s.last }

// Snapshot returns the name of the snapshot. Other sessions of the database can read it with SET TRANSACTION SNAPSHOT, if
// they begin before Start and Close.
func (s *Stream) Snapshot() string { return s.snapshot }

// Start begins to stream the transactions after the snapshot. The snapshot cannot be loaded any more.
func (s *Stream) Start(ctx context.Context) error {
	if s.reader != nil {
		return errors.New("the stream has started already")
	}
	args := []string{"proto_version '1'", "publication_names '" + Publication + "'", "binary 'true'"}
	if s.opts.OnMessage != nil {
		args = append(args, "messages 'true'")
	}
	if err := pglogrepl.StartReplication(ctx, s.conn, s.slot, pglogrepl.LSN(s.origin.LSN), pglogrepl.StartReplicationOptions{PluginArgs: args}); err != nil {
		return fmt.Errorf("start the stream of commits: %w", err)
	}
	s.reader = &reader{
		conn: s.conn, opts: s.opts, parts: make(chan *Transaction, buffered), closing: s.closing,
		assembler: assembler{position: s.origin, expected: s.tables, tables: map[uint32]*table{}, part: s.opts.Part, partSize: partSize, onMessage: s.opts.OnMessage},
	}
	s.reader.received = s.origin.LSN
	s.reader.applied.Store(s.origin.LSN)
	s.reader.heardAt.Store(time.Now().UnixNano())
	go s.reader.run() //nolint:contextcheck,gosec // it outlives ctx, until Close
	return nil
}

// buffered is how many transactions or parts of them are read ahead.
const buffered = 4

// goodbye is the time limit for ending a connection in order.
const goodbye = 2 * time.Second

// partSize is the number of bytes after which a part of a transaction is returned.
const partSize = 8 << 20

// Next returns the next transaction, or a part of one. It blocks until there is one or ctx ends. The call also
// acknowledges the transactions that were returned before: PostgreSQL can then remove its log up to them.
//
// After an error other than that of ctx the stream has ended.
func (s *Stream) Next(ctx context.Context) (*Transaction, error) {
	if s.reader == nil {
		return nil, errors.New("the stream has not started")
	}
	s.reader.applied.Store(s.last.LSN)
	select {
	case t, ok := <-s.reader.parts:
		if !ok {
			return nil, s.reader.err
		}
		if !t.More {
			s.last = t.Position
		}
		return t, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Quiet returns how long ago the server has sent something on a started stream. It does so at least once in each
// Options.Acknowledge.
func (s *Stream) Quiet() time.Duration {
	return time.Duration(time.Now().UnixNano() - s.reader.heardAt.Load())
}

// Close ends the connections, which removes the slot. It can be called more than once.
func (s *Stream) Close(ctx context.Context) error {
	var err error
	s.once.Do(func() {
		close(s.closing)
		s.folder.close(ctx)
		s.verifier.close(ctx)
		if s.reader == nil {
			err = s.conn.Close(ctx)
			return
		}
		_ = s.conn.Conn().SetDeadline(time.Now()) // wakes the reader, which closes the connection
	})
	if s.reader != nil {
		for range s.reader.parts { // until the reader has ended
		}
	}
	return err
}

// ErrClosed is returned by Next after Close.
var ErrClosed = errors.New("the stream was closed")

// reader reads the connection in a goroutine of its own, so that PostgreSQL gets its acknowledgements in time, however
// long the owner of the stream takes to apply a transaction.
type reader struct {
	conn      *pgconn.PgConn
	opts      Options
	assembler assembler
	parts     chan *Transaction
	closing   <-chan struct{}
	err       error // set before parts is closed

	received uint64        // up to here the log was received
	applied  atomic.Uint64 // up to here the owner has applied it
	heard    time.Time     // time of the last message
	nextAck  time.Time
	acks     atomic.Int64 // number of acknowledgements sent
	heardAt  atomic.Int64 // heard, for others, in nanoseconds
}

func (r *reader) run() {
	r.err = r.read()
	select {
	case <-r.closing: // the error is that of the connection which Close has interrupted
		r.err = ErrClosed
	default:
	}
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	_ = r.conn.Close(ctx) // the slot goes with it
	close(r.parts)
}

func (r *reader) read() error {
	r.heard = time.Now()
	if err := r.ack(false); err != nil {
		return err
	}
	for {
		select {
		case <-r.closing:
			return ErrClosed
		default:
		}
		// Without a context: to watch one costs more than to read a message.
		received, err := r.conn.ReceiveMessage(context.Background())
		now := time.Now()
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
			if now.Sub(r.heard) > r.opts.Silence {
				return fmt.Errorf("the stream of commits: the server sent nothing for %s", r.opts.Silence)
			}
			if err := r.ack(true); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("the stream of commits: %w", err)
		}
		r.heard = now
		r.heardAt.Store(now.UnixNano())
		t, err := r.take(received)
		if err != nil {
			return fmt.Errorf("the stream of commits: %w", err)
		}
		if t != nil {
			if err := r.deliver(t); err != nil {
				return err
			}
		}
		if now.After(r.nextAck) {
			if err := r.ack(false); err != nil {
				return err
			}
		}
	}
}

// deliver waits until the owner takes a transaction, and sends acknowledgements meanwhile.
func (r *reader) deliver(t *Transaction) error {
	select {
	case r.parts <- t:
		return nil
	default:
	}
	ticker := time.NewTicker(r.opts.Acknowledge)
	defer ticker.Stop()
	for {
		select {
		case r.parts <- t:
			r.heard = time.Now() // the silence was not the server's
			return nil
		case <-ticker.C:
			if err := r.ack(false); err != nil {
				return err
			}
		case <-r.closing:
			return ErrClosed
		}
	}
}

// take returns the transaction that a message completes, or nil.
func (r *reader) take(received pgproto3.BackendMessage) (*Transaction, error) {
	switch received := received.(type) {
	case *pgproto3.ErrorResponse:
		return nil, pgconn.ErrorResponseToPgError(received)
	case *pgproto3.NoticeResponse:
		if received.Code == codeNotInState {
			return nil, schemaError("a warning of the server: %s", received.Message)
		}
	case *pgproto3.CopyDone:
		return nil, errors.New("the server ended it")
	case *pgproto3.CopyData:
		return r.takeData(received.Data)
	}
	return nil, nil
}

// codeNotInState is the code of PostgreSQL 18's warning that it leaves changes out, because the publication did not exist
// when they were made. Older versions end the stream instead.
const codeNotInState = "55000"

func (r *reader) takeData(data []byte) (*Transaction, error) {
	if len(data) == 0 {
		return nil, errShort
	}
	switch data[0] {
	case pglogrepl.PrimaryKeepaliveMessageByteID:
		alive, err := pglogrepl.ParsePrimaryKeepaliveMessage(data[1:])
		if err != nil {
			return nil, err
		}
		t := r.advance(uint64(alive.ServerWALEnd))
		if alive.ReplyRequested {
			err = r.ack(false)
		}
		return t, err
	case pglogrepl.XLogDataByteID:
		log, err := pglogrepl.ParseXLogData(data[1:])
		if err != nil {
			return nil, err
		}
		r.received = max(r.received, uint64(log.WALStart))
		t, err := r.assembler.add(log.WALData)
		if t != nil && !t.More {
			r.received = max(r.received, t.Position.LSN)
		}
		return t, err
	default:
		return nil, nil
	}
}

// advance returns an empty transaction at a position of the log that a keepalive has reported, if it is a new one. All
// commits before it have been received.
func (r *reader) advance(to uint64) *Transaction {
	r.received = max(r.received, to)
	if r.assembler.pending != nil || to <= r.assembler.position.LSN {
		return nil
	}
	r.assembler.position.LSN = to
	return &Transaction{Position: r.assembler.position}
}

// ack reports positions to PostgreSQL, so that it can remove its log and sees that the stream is read.
func (r *reader) ack(requestReply bool) error {
	r.nextAck = time.Now().Add(r.opts.Acknowledge)
	applied := pglogrepl.LSN(r.applied.Load())
	err := pglogrepl.SendStandbyStatusUpdate(context.Background(), r.conn, pglogrepl.StandbyStatusUpdate{
		WALWritePosition: max(pglogrepl.LSN(r.received), applied), WALFlushPosition: applied, WALApplyPosition: applied, ReplyRequested: requestReply,
	})
	if err != nil {
		return fmt.Errorf("the stream of commits: acknowledge: %w", err)
	}
	r.acks.Add(1)
	if err := r.conn.Conn().SetReadDeadline(r.nextAck); err != nil {
		return fmt.Errorf("the stream of commits: %w", err)
	}
	select {
	case <-r.closing: // the deadline may have replaced that of Close
		return ErrClosed
	default:
		return nil
	}
}
