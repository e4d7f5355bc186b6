package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine is the longest line of an input in bytes, without its line break.
const maxLine = 64 << 10

// lineReader cuts an input into lines.
type lineReader struct {
	in     *bufio.Reader // with a buffer of at least maxLine + 2 bytes
	number int64         // of the last line, from 1
}

// next returns a line without its line break, LF or CRLF, valid until the following call; io.EOF
// comes after the last one. Of a line that is too long it returns the first maxLine bytes and true.
func (r *lineReader) next() (line []byte, tooLong bool, err error) {
	line, err = r.in.ReadSlice('\n')
	switch {
	case errors.Is(err, io.EOF) && len(line) > 0:
		// The last line needs no line break.
	case errors.Is(err, bufio.ErrBufferFull):
		r.number++
		line = bytes.Clone(line[:maxLine])
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.in.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, false, err
		}
		return line, true, nil
	case err != nil:
		return nil, false, err
	}
	r.number++
	line = bytes.TrimSuffix(line, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) > maxLine {
		return line[:maxLine], true, nil
	}
	return line, false, nil
}

// splitter cuts a line into fields as RFC 4180 has them, reusing its memory from line to line.
type splitter struct {
	fields [][]byte
	text   []byte // the unquoted text of quoted fields
}

// split returns the fields of line, valid until the following call and as long as line is, and
// whether its quoting is well-formed. A quoted field ends on its line: a record is one line, which is
// what bounds the memory for a file in which a quote is left open.
func (s *splitter) split(line []byte) (fields [][]byte, ok bool) {
	s.fields, s.text = s.fields[:0], s.text[:0]
	if bytes.IndexByte(line, '"') < 0 {
		for {
			comma := bytes.IndexByte(line, ',')
			if comma < 0 {
				s.fields = append(s.fields, line)
				return s.fields, true
			}
			s.fields = append(s.fields, line[:comma])
			line = line[comma+1:]
		}
	}
	for {
		field, rest, more, ok := s.quotable(line)
		if !ok {
			return nil, false
		}
		s.fields = append(s.fields, field)
		if !more {
			return s.fields, true
		}
		line = rest
	}
}

// quotable cuts the first field off a line that has quotes somewhere; more tells whether a comma
// followed it.
func (s *splitter) quotable(line []byte) (field, rest []byte, more, ok bool) {
	if len(line) == 0 || line[0] != '"' {
		field, rest, more = bytes.Cut(line, []byte(","))
		return field, rest, more, bytes.IndexByte(field, '"') < 0
	}
	line = line[1:]
	start := len(s.text)
	for {
		quote := bytes.IndexByte(line, '"')
		if quote < 0 {
			return nil, nil, false, false
		}
		s.text = append(s.text, line[:quote]...)
		line = line[quote+1:]
		switch {
		case len(line) == 0:
			return s.text[start:], nil, false, true
		case line[0] == ',':
			return s.text[start:], line[1:], true, true
		case line[0] != '"':
			return nil, nil, false, false
		}
		s.text = append(s.text, '"')
		line = line[1:]
	}
}
