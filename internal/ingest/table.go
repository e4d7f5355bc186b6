package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"followgraph/internal/globalid"
)

// table reads a CSV file as rows of T, one record per line, and rejects bad ones.
type table[T any] struct {
	in      *input
	lines   lineReader
	split   splitter
	width   int // fields in a record
	parse   func(fields [][]byte) (T, Cause)
	rejects *rejects
	tally   *tally

	// located completes a row with what its line knows; nil where T has no use for it.
	located func(row *T, line int64, record []byte)
}

// tally counts the lines behind the header: every one is accepted, rejected or blank.
type tally struct {
	lines, accepted, blank int64
}

// parserOf makes the parser of a record from the header.
type parserOf[T any] func(header [][]byte) (func(fields [][]byte) (T, Cause), error)

// openTable reads the header. The table must be closed, which leaves the source as it is.
func openTable[T any](ctx context.Context, source io.Reader, parser parserOf[T], bad *rejects) (*table[T], error) {
	in, err := openInput(ctx, source)
	if err != nil {
		return nil, err
	}
	t := &table[T]{in: in, lines: lineReader{in: in.Reader}, rejects: bad, tally: new(tally)}
	header, err := t.header()
	if err == nil {
		t.width = len(header)
		t.parse, err = parser(header)
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *table[T]) close() { t.in.close() }

// header reads the first line that is not blank.
func (t *table[T]) header() ([][]byte, error) {
	for {
		line, tooLong, err := t.lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, errors.New("the file is empty: it needs a header line that names its columns")
		case err != nil:
			return nil, readError(err)
		case tooLong:
			return nil, fmt.Errorf("the header is longer than %d bytes: is this a CSV file?", maxLine)
		case blank(line):
			continue
		}
		header, ok := t.split.split(line)
		if !ok {
			return nil, errors.New("the header has a quote that is not closed or not doubled")
		}
		return header, nil
	}
}

// rows yields the accepted rows in the order of the file. It ends with an error when the input cannot
// be read to its end, or when more rows were bad than allowed: it has then read on to the end, so that
// the rejects are complete, but has yielded no further rows. step is called now and then.
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
				if err := t.rejects.judge(); err != nil {
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

// errEnd is the regular end of a table. It is not io.EOF, which a broken reader may return as well.
var errEnd = errors.New("end of table")

// next reads one line; accepted tells whether it held a good row.
func (t *table[T]) next() (row T, accepted bool, err error) {
	line, tooLong, err := t.lines.next()
	switch {
	case errors.Is(err, io.EOF):
		return row, false, errEnd
	case err != nil:
		return row, false, fmt.Errorf("after line %d: %w", t.lines.number, readError(err))
	}
	t.tally.lines++
	if !tooLong && blank(line) {
		t.tally.blank++
		return row, false, nil
	}
	row, cause := t.record(line, tooLong)
	if cause != "" {
		return row, false, t.rejects.add(t.lines.number, cause, line)
	}
	t.tally.accepted++
	if t.located != nil {
		t.located(&row, t.lines.number, line)
	}
	return row, true, nil
}

func (t *table[T]) record(line []byte, tooLong bool) (row T, cause Cause) {
	if tooLong {
		return row, LineTooLong
	}
	fields, ok := t.split.split(line)
	switch {
	case !ok:
		return row, MalformedQuoting
	case len(fields) != t.width:
		return row, WrongFieldCount
	}
	return t.parse(fields)
}

func blank(line []byte) bool {
	return len(line) == 0 || line[0] <= ' ' && len(bytes.TrimSpace(line)) == 0
}

// checkID says what is wrong with a Cognito id, in the finest grain that a user can act on.
func checkID(id string) Cause {
	switch {
	case globalid.ValidCognitoID(id):
		return ""
	case id == "":
		return EmptyID
	case len(id) > globalid.MaxCognitoID && utf8.ValidString(id) && !strings.ContainsRune(id, 0):
		return IDTooLong
	}
	return InvalidID
}
