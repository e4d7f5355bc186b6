package changes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"followgraph/internal/store/connection"
)

// Sink takes the rows of a snapshot. Its functions are called one at a time; if one returns an error, Load ends with it.
type Sink struct {
	Letter func(Letter) error // nil: letters are not loaded
	User   func(User) error   // with its search keys
	Follow func(FollowRow) error
	Stats  func(Stats) error
}

// Load reads the snapshot: the letters, then all users, then all follows, then all stats, each in no particular order. It must be called
// before Start. It reads on Options.Connections connections, each with a part of the table, and calls the Sink while
// they go on to read.
func (s *Stream) Load(ctx context.Context, to Sink) error {
	if s.reader != nil {
		return errors.New("the snapshot ended when the stream started")
	}
	conns := make([]*pgx.Conn, s.opts.Connections)
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				closeSoon(ctx, conn.PgConn())
			}
		}
	}()
	for i := range conns {
		conn, err := connection.Connect(ctx, s.opts.URL)
		if err != nil {
			return fmt.Errorf("load the snapshot: %w", err)
		}
		conns[i] = conn
		// Without row_security=off a policy would hide rows instead of failing.
		begin := `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '` + s.snapshot + `'; SET LOCAL row_security = off;
			SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0`
		if _, err := conn.PgConn().Exec(ctx, begin).ReadAll(); err != nil {
			return fmt.Errorf("load the snapshot: %w", err)
		}
		if err := s.checkServer(ctx, conn.PgConn()); err != nil {
			return fmt.Errorf("load the snapshot: %w", err)
		}
	}
	if to.Letter != nil {
		if err := Letters(ctx, conns[0], to.Letter); err != nil {
			return err
		}
	}
	width := len(columns[TableUsers])
	return errors.Join(
		s.loadTable(ctx, conns, TableUsers, keySQL, func(v []value) error {
			u, err := decodeUser(v[:width])
			if err != nil {
				return err
			}
			u.Keys = Keys{string(v[width].data), string(v[width+1].data), string(v[width+2].data)}
			return to.User(u)
		}),
		s.loadTable(ctx, conns, TableFollows, nil, func(v []value) error { return visit(v, decodeFollowRow, to.Follow) }),
		s.loadTable(ctx, conns, TableStats, nil, func(v []value) error { return visit(v, decodeStats, to.Stats) }),
	)
}

func visit[T any](v []value, decode func([]value) (T, error), visit func(T) error) error {
	row, err := decode(v)
	if err != nil {
		return err
	}
	return visit(row)
}

// piece is a part of the output of one COPY. Without data it is the end.
type piece struct {
	of   *copyParser
	data *[]byte
}

// pieceSize is the size of the pieces that connections hand over. A row that is larger makes a larger piece.
const pieceSize = 64 << 10

var pieces = sync.Pool{New: func() any {
	buffer := make([]byte, 0, pieceSize+8<<10)
	return &buffer
}}

// loadTable reads a table and calls visit for each row, one at a time. More expressions can follow the columns.
func (s *Stream) loadTable(ctx context.Context, conns []*pgx.Conn, name string, more []string, visit func([]value) error) error {
	statements, err := s.copies(ctx, conns[0], name, more)
	if err != nil {
		return fmt.Errorf("load %s: %w", name, err)
	}
	todo := make(chan string, len(statements))
	for _, statement := range statements {
		todo <- statement
	}
	close(todo)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	read := make(chan piece, 2*len(conns))
	group, ctx := errgroup.WithContext(ctx)
	for _, conn := range conns {
		group.Go(func() error {
			for statement := range todo {
				w := &copyWriter{ctx: ctx, to: read, of: &copyParser{row: make([]value, len(columns[name])+len(more))}}
				if _, err := conn.PgConn().CopyTo(ctx, w, statement); err != nil {
					return err
				}
				if err := w.end(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	ended := make(chan error, 1)
	go func() {
		ended <- group.Wait()
		close(read)
	}()
	var failure error
	for p := range read {
		if failure == nil {
			if failure = p.feed(visit); failure != nil {
				cancel(failure) // ends the connections
			}
		}
		if p.data != nil {
			*p.data = (*p.data)[:0]
			pieces.Put(p.data)
		}
	}
	if err := <-ended; failure == nil && err != nil {
		failure = err
	}
	if failure != nil {
		return fmt.Errorf("load %s: %w", name, failure)
	}
	return nil
}

func (p piece) feed(visit func([]value) error) error {
	if p.data != nil {
		return p.of.feed(*p.data, visit)
	}
	if !p.of.ended {
		return errCopy
	}
	return nil
}

// copies returns the COPY statements that read a table, each of them a range of its pages.
func (s *Stream) copies(ctx context.Context, conn *pgx.Conn, name string, more []string) ([]string, error) {
	table := pgx.Identifier{s.tables[name].schema, name}.Sanitize()
	var pages int64
	err := conn.QueryRow(ctx, `SELECT pg_relation_size($1::text::regclass) / current_setting('block_size')::bigint`, table).Scan(&pages)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, c := range columns[name] {
		list = append(list, c.name)
	}
	list = slices.Concat(list, more)
	step := max(minPages, pages/int64(4*s.opts.Connections)+1)
	var statements []string
	for from := int64(0); from == 0 || from < pages; from += step {
		condition := fmt.Sprintf("ctid >= '(%d,0)'", from)
		if from+step < pages { // the last range has no end
			condition += fmt.Sprintf(" AND ctid < '(%d,0)'", from+step)
		}
		statements = append(statements, fmt.Sprintf("COPY (SELECT %s FROM %s WHERE %s) TO STDOUT (FORMAT binary)", strings.Join(list, ", "), table, condition))
	}
	return statements, nil
}

// minPages is the least number of pages that a COPY reads.
const minPages = 1024

// copyWriter collects the rows of a COPY into pieces.
type copyWriter struct {
	ctx    context.Context //nolint:containedctx // io.Writer has none
	to     chan<- piece
	of     *copyParser
	buffer *[]byte
}

func (w *copyWriter) Write(data []byte) (int, error) {
	if w.buffer == nil {
		w.buffer = pieces.Get().(*[]byte)
	}
	*w.buffer = append(*w.buffer, data...)
	if len(*w.buffer) < pieceSize {
		return len(data), nil
	}
	return len(data), w.flush()
}

func (w *copyWriter) flush() error {
	full := piece{w.of, w.buffer}
	w.buffer = nil
	select {
	case w.to <- full:
		return nil
	case <-w.ctx.Done():
		return context.Cause(w.ctx)
	}
}

// end hands the last piece over, and the end.
func (w *copyWriter) end() error {
	if w.buffer != nil {
		if err := w.flush(); err != nil {
			return err
		}
	}
	return w.flush()
}
