package store

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/observe/meter"
	"followgraph/internal/timestamp"
)

// row reads the columns of a hot statement's rows one after another, in PostgreSQL's binary format. pgx's Scan looks up
// a decoder for every value of every row, which was most of the cost of a page outside PostgreSQL.
type row struct {
	values [][]byte
	at     int
	failed error
}

// rowOverhead estimates the bytes that a row takes besides its values: an edge, an account and counts. memoryStep is
// how many bytes are charged at once.
const (
	rowOverhead = 300
	memoryStep  = 64 << 10
)

// eachRow calls read for each row. Bytes that read takes from the row are valid until read returns. The memory of the
// rows is charged to ctx's operation, and an error of that charge ends the loop.
func eachRow(ctx context.Context, rows pgx.Rows, read func(*row)) error {
	defer rows.Close()
	var r row
	operation, pending := meter.From(ctx), 0
	for rows.Next() {
		r.values, r.at = rows.RawValues(), 0
		if read(&r); r.failed != nil {
			return r.failed
		}
		pending += rowOverhead
		for _, value := range r.values {
			pending += len(value)
		}
		if pending >= memoryStep {
			if err := operation.Hold(pending); err != nil {
				return err
			}
			pending = 0
		}
	}
	if pending > 0 && rows.Err() == nil {
		return operation.Hold(pending)
	}
	return rows.Err()
}

// eachSmallRow is eachRow for rows whose memory read charges, because they are smaller than rowOverhead.
func eachSmallRow(rows pgx.Rows, read func(*row) error) error {
	defer rows.Close()
	var r row
	for rows.Next() {
		r.values, r.at = rows.RawValues(), 0
		if err := read(&r); err != nil {
			return err
		}
		if r.failed != nil {
			return r.failed
		}
	}
	return rows.Err()
}

func (r *row) next() []byte {
	value := r.values[r.at]
	r.at++
	return value
}

// isNull reports whether the next value is null. It does not read it.
func (r *row) isNull() bool { return r.values[r.at] == nil }

// bytes returns a text, nil if it is null.
func (r *row) bytes() []byte { return r.next() }

// integer returns a bigint or an integer, 0 if it is null.
func (r *row) integer() int64 {
	switch value := r.next(); len(value) {
	case 0:
		return 0
	case 4:
		return int64(int32(binary.BigEndian.Uint32(value)))
	case 8:
		return int64(binary.BigEndian.Uint64(value))
	default:
		r.failed = errors.New("an integer has neither 4 nor 8 bytes")
		return 0
	}
}

// time returns a timestamptz in the form that responses can show; ok is false if it is null.
func (r *row) time() (_ time.Time, ok bool) {
	at, ok := r.timestamp()
	if !ok {
		return time.Time{}, false
	}
	return at.Time(), true
}

// timestamp returns a timestamptz unchanged; ok is false if it is null.
func (r *row) timestamp() (_ timestamp.Timestamp, ok bool) {
	value := r.next()
	if value == nil {
		return 0, false
	}
	if len(value) != 8 {
		r.failed = errors.New("a timestamp does not have 8 bytes")
		return 0, false
	}
	return timestamp.Timestamp(binary.BigEndian.Uint64(value)), true
}

// stringArena copies the texts of many rows into few allocations.
type stringArena struct{ buffer strings.Builder }

// The sizes of a buffer, in bytes.
const (
	minBuffer = 256
	maxBuffer = 16 << 10
)

// begin starts a new buffer of at least size bytes. Strings cut from the old buffer keep it alive.
func (t *stringArena) begin(size int) {
	t.buffer.Reset()
	t.buffer.Grow(max(minBuffer, size))
}

// keep returns a copy of a text.
func (t *stringArena) keep(text []byte) string {
	if t.buffer.Cap()-t.buffer.Len() < len(text) {
		t.begin(max(len(text), min(2*t.buffer.Cap(), maxBuffer)))
	}
	start := t.buffer.Len()
	t.buffer.Write(text)
	return t.buffer.String()[start:]
}
