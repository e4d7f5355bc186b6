package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"followgraph/internal/textfile"
)

// table reads the rows of a file as T and rejects bad ones.
type table[T any] struct {
	in      *input
	lines   *lineReader
	split   splitter
	plan    plan
	names   names
	parse   func(fields [][]byte) (T, *fault)
	times   *timeParser
	rejects *rejects
	tally   tally
	layout  Layout

	// noComments is set if Format.Comment is "none". A row may then start with # or %.
	noComments bool

	// locate adds the line number and record to a row. It may be nil.
	locate func(row *T, line int64, record []byte)
}

// tally counts the records after the header: each is accepted, rejected, or not a row.
type tally struct {
	lines, accepted, blank    int64
	comments, headers, others int64 // included in blank
}

// kindOf is a kind of file: its schema and the constructor of its row parser.
type kindOf[T any] struct {
	schema schema
	parser func(plan) (func(fields [][]byte) (T, *fault), *timeParser, error)
}

// openTable detects the format of a file and reads its header. The caller must close the table, which does not close
// the source.
func openTable[T any](ctx context.Context, source io.Reader, kind kindOf[T], format Format, bad *rejects) (*table[T], error) {
	in := openInput(ctx, source)
	t := &table[T]{in: in, rejects: bad, noComments: format.Comment == "none"}
	err := t.open(kind, format)
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *table[T]) open(kind kindOf[T], format Format) error {
	text, err := textfile.Open(t.in, &t.in.bytes)
	if err != nil {
		return err
	}
	t.lines = newLineReader(text)
	sample, isAll := t.lines.sample()
	if len(sample) == 0 && !errors.Is(t.lines.err, io.EOF) {
		return t.lines.err
	}
	if t.plan, err = sniff(sample, isAll, kind.schema, format); err != nil {
		return err
	}
	if t.parse, t.times, err = kind.parser(t.plan); err != nil {
		return err
	}
	t.split.delimiter = t.plan.delimiter
	t.names = namesOf(kind.schema, t.plan)
	t.layout = t.plan.layout(kind.schema, text)
	return t.passHeader()
}

func (t *table[T]) close() { t.in.close() }

// passHeader skips the lines before the first row.
func (t *table[T]) passHeader() error {
	for range t.plan.skip {
		if _, _, err := t.lines.next(); err != nil {
			return err
		}
	}
	if t.plan.header == nil || t.plan.inComment {
		return nil
	}
	line, _, err := t.lines.next()
	if err != nil {
		return err
	}
	t.fields(line)
	return nil
}

// rows yields the accepted rows in the order of the file. It ends with an error if the input cannot be read to its end
// or more rows are bad than allowed. In the latter case it stops yielding rows but reads to the end, so that the
// rejects are complete. It calls step regularly.
func (t *table[T]) rows(step func()) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for {
			if t.tally.lines%4096 == 0 {
				step()
			}
			row, accepted, err := t.next()
			switch {
			case errors.Is(err, errEnd):
				step()
				if err := t.judge(); err != nil {
					yield(none, err)
				}
				return
			case err != nil:
				yield(none, err)
				return
			case accepted && !t.rejects.tooMany():
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

// judge returns an error if the file as a whole must not be imported.
func (t *table[T]) judge() error {
	if err := t.rejects.judge(); err != nil {
		return err
	}
	rows := t.tally.accepted + t.rejects.total
	switch {
	case t.plan.entries >= 0 && rows != t.plan.entries:
		return fmt.Errorf("the file declares %d rows but has %d: was it cut off?", t.plan.entries, rows)
	case rows == 0 && t.plan.header != nil:
		return fmt.Errorf("the file has no row after its header in line %d", t.plan.line)
	case rows == 0:
		return errors.New("the file has no row")
	}
	return nil
}

// errEnd is the regular end of a table. io.EOF would be ambiguous, because a failing reader may also return it.
var errEnd = errors.New("end of table")

// next reads one record. accepted reports whether the record is a valid row.
func (t *table[T]) next() (row T, accepted bool, err error) {
	line, tooLong, err := t.lines.next()
	switch {
	case errors.Is(err, io.EOF):
		return row, false, errEnd
	case err != nil:
		return row, false, fmt.Errorf("after line %d: %w", t.lines.number, err)
	}
	number := t.lines.number
	t.tally.lines++
	if tooLong {
		return row, false, t.rejects.add(number, fault{cause: LineTooLong}, line)
	}
	line = bytes.TrimPrefix(line, byteOrderMark) // concatenated files have one in the middle
	if t.isNoRow(line) {
		return row, false, nil
	}
	if (line[0] == '#' || line[0] == '%') && !t.noComments {
		return row, false, t.rejects.add(number, fault{cause: CommentOrID}, line)
	}
	fields, record, bad := t.fields(line)
	if bad == nil {
		if len(fields) != t.plan.width && t.names.isJoined(fields) {
			return row, false, t.rejects.add(number, fault{cause: JoinedHeader}, record)
		}
		isHeader, err := t.names.isHeader(fields, t.plan.width)
		switch {
		case err != nil:
			return row, false, fmt.Errorf("line %d: %w", number, err)
		case isHeader:
			t.tally.headers++
			t.tally.blank++
			return row, false, nil
		case len(fields) != t.plan.width:
			bad = &fault{WrongFieldCount, fmt.Sprintf("%d, not %d", len(fields), t.plan.width)}
		}
	}
	if bad == nil {
		row, bad = t.parse(fields)
	}
	if bad != nil {
		if bytes.ContainsAny(record, "\r\n") && (bad.cause == LineBreakInID || bad.cause == WrongFieldCount) {
			// The quote in the first line is an error. The next lines are rows.
			record = bytes.Clone(record[:bytes.IndexAny(record, "\r\n")])
			t.lines.rewind()
			bad = &fault{cause: MalformedQuoting}
		}
		return row, false, t.rejects.add(number, *bad, record)
	}
	t.tally.accepted++
	if t.locate != nil {
		t.locate(&row, number, record)
	}
	return row, true, nil
}

var byteOrderMark = []byte("\ufeff")

// isNoRow reports whether a line is blank, a comment or a decoration, and counts it.
func (t *table[T]) isNoRow(line []byte) bool {
	switch {
	case blank(line):
	case isComment(line, t.plan.comment):
		t.tally.comments++
	case isDecoration(line):
		t.tally.others++
	default:
		return false
	}
	t.tally.blank++
	return true
}

// fields splits a record into fields. If a quote is open, the record continues in the next lines.
func (t *table[T]) fields(line []byte) (fields [][]byte, record []byte, bad *fault) {
	fields, quotes := t.split.split(line)
	if quotes == wellFormed {
		return fields, line, nil
	}
	if quotes == open {
		first := bytes.Clone(line) // extend moves the content of the buffer
		for {
			record, ok := t.lines.extend()
			if !ok {
				break
			}
			record = bytes.TrimPrefix(record, byteOrderMark)
			if bytes.Count(record, []byte(`"`))%2 != 0 {
				continue // still open
			}
			if fields, quotes = t.split.split(record); quotes == wellFormed {
				return fields, record, nil
			}
			break
		}
		t.lines.rewind()
		line = first
	}
	return nil, line, &fault{cause: MalformedQuoting}
}

func blank(line []byte) bool {
	return len(line) == 0 || (line[0] <= ' ' || line[0] >= 0x80) && len(bytes.TrimFunc(line, isBlank)) == 0
}
