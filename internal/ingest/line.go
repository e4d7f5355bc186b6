package ingest

import (
	"bytes"
	"errors"
	"io"
)

// maxLine is the maximum size of a record in bytes, without its line break. A record is one line unless a quoted field
// contains line breaks.
const maxLine = 64 << 10

// lineReader splits a text into lines, which end in LF, CRLF or CR.
type lineReader struct {
	in     io.Reader
	number int64 // of the last line, from 1

	buf        []byte
	mark       int   // start of the record, which stays in the buffer
	start, end int   // bounds of the unread part of the buffer
	feed       int   // position of the next LF, or end if the buffer has none; less than start: not known yet
	looked     int   // the line has no CR before this position
	err        error // of in; returned when the buffer is read

	lineEnd     int // end of the last line, without its line break
	firstEnd    int // start of the second line of a record
	firstNumber int64
}

func newLineReader(in io.Reader) *lineReader {
	return &lineReader{in: in, buf: make([]byte, 2*maxLine+8), feed: -1}
}

// sample returns up to maxLine bytes of the unread text. isAll reports whether the text ends there.
func (r *lineReader) sample() (text []byte, isAll bool) {
	r.mark = r.start
	for r.end-r.start < maxLine && r.err == nil {
		r.fill()
	}
	text = r.buf[r.start:r.end]
	if len(text) > maxLine {
		return text[:maxLine], false
	}
	return text, errors.Is(r.err, io.EOF)
}

// next returns the next line without its line break, or io.EOF. The line is valid until the following call. If it is
// too long, next returns its first maxLine bytes and true.
func (r *lineReader) next() (line []byte, tooLong bool, err error) {
	r.mark = r.start
	line, ok, err := r.line()
	switch {
	case err != nil:
		return nil, false, err
	case ok:
		r.firstEnd, r.firstNumber = r.start, r.number
		return line, false, nil
	}
	line = bytes.Clone(r.buf[r.start : r.start+maxLine])
	return line, true, r.skip()
}

// skip skips the rest of a line.
func (r *lineReader) skip() error {
	r.number++
	for {
		rest := r.buf[r.start:r.end]
		at := bytes.IndexByte(rest, '\n')
		if at < 0 {
			at = len(rest)
		}
		if cr := bytes.IndexByte(rest[:at], '\r'); cr >= 0 {
			at = cr
		}
		r.start += at
		switch {
		case at+1 < len(rest) && rest[at] == '\r' && rest[at+1] == '\n':
			r.start += 2
			return nil
		case at < len(rest) && (rest[at] == '\n' || at+1 < len(rest) || r.err != nil):
			r.start++
			return nil
		case r.err != nil && errors.Is(r.err, io.EOF):
			return nil
		case r.err != nil:
			return r.err
		}
		r.mark, r.looked = r.start, r.start
		r.fill()
	}
}

// extend appends the next line to the record that next has started. It returns the whole record, with line breaks,
// valid until the following call. ok is false if there is no further line or the record would exceed maxLine.
func (r *lineReader) extend() (record []byte, ok bool) {
	_, ok, err := r.line()
	if err != nil || !ok || r.lineEnd-r.mark > maxLine {
		return nil, false
	}
	return r.buf[r.mark:r.lineEnd], true
}

// rewind undoes extend: the next call of next returns the first appended line.
func (r *lineReader) rewind() {
	r.start, r.number = r.firstEnd, r.firstNumber
	r.feed, r.looked = -1, r.start
}

// line returns the next line. ok is false if it does not end within maxLine bytes.
func (r *lineReader) line() (line []byte, ok bool, err error) {
	for {
		if r.feed < r.start {
			r.feed = r.end
			if at := bytes.IndexByte(r.buf[r.start:r.end], '\n'); at >= 0 {
				r.feed = r.start + at
			}
		}
		r.looked = max(r.looked, r.start)
		if at := bytes.IndexByte(r.buf[r.looked:r.feed], '\r'); at >= 0 {
			r.looked += at
			if r.looked+1 < r.end || r.err != nil {
				return r.cut(r.looked)
			}
		} else {
			r.looked = r.feed
			if r.feed < r.end {
				return r.cut(r.feed)
			}
			if r.err != nil {
				if r.start == r.end || !errors.Is(r.err, io.EOF) {
					return nil, false, r.err
				}
				line = r.buf[r.start:r.end]
				if len(line) > maxLine {
					return nil, false, nil
				}
				r.start, r.lineEnd = r.end, r.end
				r.number++
				return line, true, nil
			}
		}
		if r.looked-r.mark > maxLine {
			return nil, false, nil
		}
		r.fill()
	}
}

// cut returns the line before the line break at a position.
func (r *lineReader) cut(at int) (line []byte, ok bool, err error) {
	line = r.buf[r.start:at]
	if len(line) > maxLine {
		return nil, false, nil
	}
	if r.buf[at] == '\r' && at+1 < r.end && r.buf[at+1] == '\n' {
		at++
	}
	r.start, r.lineEnd = at+1, r.start+len(line)
	r.number++
	return line, true, nil
}

// fill reads more text into the buffer. At least half of the buffer is free, because the current record has at most
// maxLine bytes and a line break.
func (r *lineReader) fill() {
	if r.end == len(r.buf) {
		moved := r.mark
		copy(r.buf, r.buf[moved:r.end])
		r.mark, r.start, r.end, r.looked, r.firstEnd = 0, r.start-moved, r.end-moved, r.looked-moved, r.firstEnd-moved
		r.feed -= moved
	}
	n, err := r.in.Read(r.buf[r.end:])
	if r.feed == r.end { // there was no LF
		if at := bytes.IndexByte(r.buf[r.end:r.end+n], '\n'); at >= 0 {
			r.feed += at
		} else {
			r.feed += n
		}
	}
	r.end += n
	r.err = err
}
