// Package changes reads PostgreSQL's stream of commits: a snapshot, then whole transactions in commit order.
package changes

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Publication is the publication that the stream reads. A migration creates it.
const Publication = "followgraph"

// acknowledge is how often the stream reports its position to PostgreSQL, so that PostgreSQL can remove its log.
const acknowledge = 10 * time.Second

// Stream is one replication connection with a temporary slot. It is not safe for concurrent use.
type Stream struct {
	conn      *pgconn.PgConn
	url       string
	slot      string
	snapshot  string
	position  Position // of the last commit that was returned, or of the snapshot
	relations map[uint32]*relation
	nextAck   time.Time
	pending   *Transaction
}

type relation struct {
	table string
	// from[i] is the column of the message that is columns[table][i].
	from  []int
	width int
}

// Sink takes the rows of a snapshot.
type Sink struct {
	User   func(User) error
	Follow func(Follow) error
	Stats  func(Stats) error
}

// Open connects, and creates a slot with a snapshot. Close ends both.
func Open(ctx context.Context, url string) (_ *Stream, err error) {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["replication"] = "database"
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = conn.Close(context.WithoutCancel(ctx))
		}
	}()
	system, err := pglogrepl.IdentifySystem(ctx, conn)
	if err != nil {
		return nil, err
	}
	slot := "followgraph_" + rand.Text()[:16]
	slot = lower(slot)
	created, err := pglogrepl.CreateReplicationSlot(ctx, conn, slot, "pgoutput", pglogrepl.CreateReplicationSlotOptions{
		Temporary: true, SnapshotAction: "EXPORT_SNAPSHOT", Mode: pglogrepl.LogicalReplication,
	})
	if err != nil {
		return nil, err
	}
	lsn, err := pglogrepl.ParseLSN(created.ConsistentPoint)
	if err != nil {
		return nil, err
	}
	return &Stream{
		conn: conn, url: url, slot: slot, snapshot: created.SnapshotName,
		position:  Position{system.SystemID, system.Timeline, uint64(lsn)},
		relations: map[uint32]*relation{},
	}, nil
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// Close ends the connection, which removes the slot.
func (s *Stream) Close(ctx context.Context) error { return s.conn.Close(ctx) }

// Position returns the position of the last transaction that Next returned, or of the snapshot.
func (s *Stream) Position() Position { return s.position }

// Load reads the snapshot: users, then follows, then stats. It must be called before Start.
func (s *Stream) Load(ctx context.Context, to Sink) error {
	conn, err := pgconn.Connect(ctx, s.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	begin := fmt.Sprintf("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '%s'", s.snapshot)
	if _, err := conn.Exec(ctx, begin).ReadAll(); err != nil {
		return err
	}
	return errors.Join(
		copyTable(ctx, conn, "users", func(v values) error { return decoded(v, decodeUser, to.User) }),
		copyTable(ctx, conn, "user_follows", func(v values) error { return decoded(v, decodeFollow, to.Follow) }),
		copyTable(ctx, conn, "user_follow_stats", func(v values) error { return decoded(v, decodeStats, to.Stats) }),
	)
}

func decoded[T any](v values, decode func(values) (T, error), visit func(T) error) error {
	row, err := decode(v)
	if err != nil {
		return err
	}
	return visit(row)
}

// Start begins to stream the transactions after the snapshot.
func (s *Stream) Start(ctx context.Context) error {
	s.nextAck = time.Now().Add(acknowledge)
	return pglogrepl.StartReplication(ctx, s.conn, s.slot, pglogrepl.LSN(s.position.LSN), pglogrepl.StartReplicationOptions{
		PluginArgs: []string{"proto_version '1'", "publication_names '" + Publication + "'", "binary 'true'"},
	})
}

// Next returns the next transaction. It blocks until there is one.
func (s *Stream) Next(ctx context.Context) (*Transaction, error) {
	for {
		until, cancel := context.WithDeadline(ctx, s.nextAck)
		message, err := s.conn.ReceiveMessage(until)
		cancel()
		if err != nil {
			if pgconn.Timeout(err) && ctx.Err() == nil {
				if err := s.ack(ctx); err != nil {
					return nil, err
				}
				continue
			}
			return nil, err
		}
		switch message := message.(type) {
		case *pgproto3.ErrorResponse:
			return nil, pgconn.ErrorResponseToPgError(message)
		case *pgproto3.CopyData:
			done, err := s.receive(ctx, message.Data)
			if err != nil || done != nil {
				return done, err
			}
		case *pgproto3.CopyDone:
			return nil, errors.New("the server ended the stream")
		}
	}
}

func (s *Stream) receive(ctx context.Context, data []byte) (*Transaction, error) {
	switch data[0] {
	case pglogrepl.PrimaryKeepaliveMessageByteID:
		alive, err := pglogrepl.ParsePrimaryKeepaliveMessage(data[1:])
		if err != nil {
			return nil, err
		}
		if s.pending == nil && uint64(alive.ServerWALEnd) > s.position.LSN {
			s.position.LSN = uint64(alive.ServerWALEnd) // nothing of ours was committed before it
		}
		if alive.ReplyRequested {
			return nil, s.ack(ctx)
		}
		return nil, nil
	case pglogrepl.XLogDataByteID:
		log, err := pglogrepl.ParseXLogData(data[1:])
		if err != nil {
			return nil, err
		}
		message, err := pglogrepl.Parse(log.WALData)
		if err != nil {
			return nil, err
		}
		return s.decode(message)
	default:
		return nil, nil
	}
}

func (s *Stream) ack(ctx context.Context) error {
	s.nextAck = time.Now().Add(acknowledge)
	return pglogrepl.SendStandbyStatusUpdate(ctx, s.conn, pglogrepl.StandbyStatusUpdate{WALWritePosition: pglogrepl.LSN(s.position.LSN)})
}
