package store

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/meter"
	"followgraph/internal/timestamp"
)

// row reads the columns of a hot statement's rows one after the other, in PostgreSQL's binary format. pgx's Scan finds
// out for each value of each row how to get it into its target, which was most of what a page cost beside PostgreSQL.
type row struct {
	values [][]byte
	at     int
	failed error
}

// The bytes that a row takes beside its values, about: an edge, an account and counts. And how many bytes are counted at
// once.
const (
	rowOverhead = 300
	memoryStep  = 64 << 10
)

// eachRow calls read for each row. What read takes from the row as bytes is good until it returns. The rows count as
// memory of ctx's operation, and what that says ends the reading.
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

func (r *row) next() []byte {
	value := r.values[r.at]
	r.at++
	return value
}

// bytes is a text, nil where it is null.
func (r *row) bytes() []byte { return r.next() }

// integer is a bigint or an integer, 0 where it is null.
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

// time is a timestamptz, as answers can show it; ok is false where it is null.
func (r *row) time() (_ time.Time, ok bool) {
	at, ok := r.timestamp()
	if !ok {
		return time.Time{}, false
	}
	return at.Time(), true
}

// timestamp is a timestamptz as it is; ok is false where it is null.
func (r *row) timestamp() (_ timestamp.Timestamp, ok bool) {
	value := r.next()
	if value == nil {
		return 0, false
	}
	if len(value) != 8 {
		r.failed = errors.New("a time has not 8 bytes")
		return 0, false
	}
	return timestamp.Timestamp(binary.BigEndian.Uint64(value)), true
}

// texts keeps the texts of many rows in few pieces of memory.
type stringArena struct{ buffer strings.Builder }

// The size of a piece, in bytes.
const (
	minBuffer = 256
	maxBuffer = 16 << 10
)

// begin starts a piece of that many bytes. The old one belongs to the strings that were cut from it.
func (t *stringArena) begin(size int) {
	t.buffer.Reset()
	t.buffer.Grow(max(minBuffer, size))
}

// keep is a copy of a text.
func (t *stringArena) keep(text []byte) string {
	if t.buffer.Cap()-t.buffer.Len() < len(text) {
		t.begin(max(len(text), min(2*t.buffer.Cap(), maxBuffer)))
	}
	start := t.buffer.Len()
	t.buffer.Write(text)
	return t.buffer.String()[start:]
}
