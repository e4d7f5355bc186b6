package userpool

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"unicode/utf8"
)

// text is UTF-8 text that is read user by user. It counts the lines of what was read and limits what is read for one
// user.
type text struct {
	*bufio.Reader // reads the input, validated

	read   int64 // bytes returned
	bound  int64 // read must not exceed this
	before int   // line breaks before breaks
	breaks []int64
	failed error
}

func newText(input io.Reader) *text {
	t := &text{bound: maxUser}
	t.Reader = bufio.NewReaderSize(&utf8Reader{input: input}, 64<<10)
	return t
}

// begin skips blanks and returns the first byte after them without reading it.
func (t *text) begin() (byte, error) {
	for {
		next, err := t.Peek(1)
		switch {
		case errors.Is(err, io.EOF):
			return 0, errors.New("the file is empty: it must hold the users of the pool as JSON or CSV")
		case err != nil:
			return 0, err
		case !bytes.ContainsAny(next, " \t\r\n"):
			return next[0], nil
		}
		_, _ = t.Read(make([]byte, 1)) // Peek has returned it
	}
}

// errUserTooLong means that no user ends within the allowed bytes.
var errUserTooLong = fmt.Errorf("a user has more than %d bytes", maxUser)

// Read returns the text. It fails if one user has too much of it.
func (t *text) Read(p []byte) (int, error) {
	if t.failed != nil {
		return 0, t.failed
	}
	if t.read >= t.bound {
		t.failed = errUserTooLong
		return 0, t.failed
	}
	n, err := t.Reader.Read(p[:min(int64(len(p)), t.bound-t.read)])
	for i, b := range p[:n] {
		if b == '\n' {
			t.breaks = append(t.breaks, t.read+int64(i))
		}
	}
	t.read += int64(n)
	return n, err
}

// done means that everything before an offset has been processed: the limit for one user starts again.
func (t *text) done(offset int64) {
	t.bound = t.read + maxUser
	n, _ := slices.BinarySearch(t.breaks, offset)
	t.before += n
	t.breaks = slices.Delete(t.breaks, 0, n)
}

// line returns the line number of an offset, which must not be before that of done.
func (t *text) line(offset int64) int {
	n, _ := slices.BinarySearch(t.breaks, offset)
	return t.before + n + 1
}

// at adds the position to an error.
func (t *text) at(offset int64, err error) error {
	return fmt.Errorf("line %d (byte %d): %w", t.line(offset), offset, err)
}

// counter counts the bytes of a file, for the limit on what they decompress to.
type counter struct {
	input io.Reader
	read  atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.input.Read(p)
	c.read.Add(int64(n))
	return n, err
}

// utf8Reader returns UTF-8 and fails for anything else, because parsers would replace invalid bytes.
type utf8Reader struct {
	input   io.Reader
	read    int64
	partial []byte // the start of a character whose rest is not read yet
}

func (r *utf8Reader) Read(p []byte) (int, error) {
	n, err := r.input.Read(p)
	rest := append(r.partial, p[:n]...)
	at := r.read - int64(len(r.partial))
	for len(rest) > 0 {
		c, size := utf8.DecodeRune(rest)
		if c == utf8.RuneError && size == 1 {
			if !utf8.FullRune(rest) && err == nil {
				break
			}
			return 0, fmt.Errorf("byte %d is not UTF-8: save the file as UTF-8", at)
		}
		rest, at = rest[size:], at+int64(size)
	}
	r.partial = append(r.partial[:0:0], rest...)
	r.read += int64(n)
	return n, err
}
