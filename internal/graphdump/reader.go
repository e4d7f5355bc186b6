package graphdump

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"followgraph/internal/timestamp"
)

// Reader reads a dump. It holds one record at a time. After an error all further calls return that error.
type Reader struct {
	in    *bufio.Reader
	other []byte // of the last Follow
	err   error
}

var (
	errForm = errors.New("the dump of the graph is malformed")
	errEnd  = errors.New("the dump of the graph ends before its end: the server's log may tell why")
)

// longestText is the maximum length of a text in bytes: that of a value in PostgreSQL.
const longestText = 1 << 30

// NewReader begins to read a dump.
func NewReader(from io.Reader) (*Reader, error) {
	r := &Reader{in: bufio.NewReaderSize(from, bufferSize)}
	magic := make([]byte, len(Magic))
	if _, err := io.ReadFull(r.in, magic); err != nil {
		return nil, r.fail(err)
	}
	if string(magic) != Magic {
		return nil, errors.New("this is not a dump of the graph in the form that this version of the program reads")
	}
	return r, nil
}

// fail records the first error.
func (r *Reader) fail(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errEnd
	}
	if r.err == nil && err != nil {
		r.err = err
	}
	return r.err
}

// Begin reads the beginning of a section.
func (r *Reader) Begin(s Section) error {
	if got := r.byte(); r.err == nil && got != byte(s) {
		return r.fail(fmt.Errorf("%w: section %d instead of %d", errForm, got, s))
	}
	return r.err
}

// User reads the next account; ok is false at the end of the section.
func (r *Reader) User(u *User) (ok bool, err error) {
	if !r.more() {
		return false, r.err
	}
	*u = User{CognitoID: r.text(), ID: r.integer(), Username: r.text(), Firstname: r.optional(), Lastname: r.optional(), Avatar: r.optional()}
	u.Role, u.TokenVersion, u.CreatedAt = r.text(), r.integer(), r.time()
	u.ShownCreatedAt, u.ShownUpdatedAt = r.integer(), r.integer()
	if r.bool() {
		u.ShownCountsAt = new(r.integer())
	}
	return r.err == nil, r.err
}

// CountsTime reads the next time of a row of counts; ok is false at the end of the section.
func (r *Reader) CountsTime(c *CountsTime) (ok bool, err error) {
	if !r.more() {
		return false, r.err
	}
	*c = CountsTime{CognitoID: r.text(), At: r.time()}
	return r.err == nil, r.err
}

// Owner reads the next owner of a list; ok is false at the end of the section. The whole list must have been read.
func (r *Reader) Owner(o *Owner) (ok bool, err error) {
	if !r.more() {
		return false, r.err
	}
	*o = Owner{CognitoID: r.text(), Length: r.integer(), Count: r.integer()}
	return r.err == nil, r.err
}

// Follow reads the next element of the list of the last Owner; ok is false at its end.
func (r *Reader) Follow(f *Follow) (ok bool, err error) {
	if !r.more() {
		return false, r.err
	}
	r.other = r.bytes(r.length(), r.other[:0])
	*f = Follow{Other: r.other, At: r.time(), ID: r.integer(), Found: r.bool()}
	return r.err == nil, r.err
}

// Place reads the next place in an order; ok is false at the end of the section.
func (r *Reader) Place(p *Place) (ok bool, err error) {
	if !r.more() {
		return false, r.err
	}
	*p = Place{At: r.time(), Text: r.text(), ID: r.integer(), CognitoID: r.text()}
	return r.err == nil, r.err
}

// Close reads the end of the dump, and nothing after it. It does not close the underlying reader.
func (r *Reader) Close() (Totals, error) {
	if err := r.Begin(End); err != nil {
		return Totals{}, err
	}
	totals := Totals{Accounts: r.integer(), Follows: r.integer()}
	return totals, r.err
}

func (r *Reader) byte() byte {
	if r.err != nil {
		return 0
	}
	b, err := r.in.ReadByte()
	if err != nil {
		_ = r.fail(err)
	}
	return b
}

// more reports whether a record follows.
func (r *Reader) more() bool { return r.bool() }

func (r *Reader) bool() bool {
	b := r.byte()
	if b > 1 {
		_ = r.fail(errForm)
	}
	return b == 1
}

func (r *Reader) integer() int64 {
	if r.err != nil {
		return 0
	}
	n, err := binary.ReadVarint(r.in)
	if err != nil {
		_ = r.fail(err)
	}
	return n
}

func (r *Reader) time() timestamp.Timestamp { return timestamp.Timestamp(r.integer()) }

// length reads the length of a text, or that plus one.
func (r *Reader) length() int {
	if r.err != nil {
		return 0
	}
	n, err := binary.ReadUvarint(r.in)
	switch {
	case err != nil:
		_ = r.fail(err)
	case n > longestText:
		_ = r.fail(errForm)
	default:
		return int(n)
	}
	return 0
}

// bytes appends n bytes to a buffer, which grows only with what arrives.
func (r *Reader) bytes(n int, buffer []byte) []byte {
	for n > 0 && r.err == nil {
		step, from := min(n, bufferSize), len(buffer)
		buffer = append(buffer, make([]byte, step)...)
		if _, err := io.ReadFull(r.in, buffer[from:]); err != nil {
			_ = r.fail(err)
		}
		n -= step
	}
	return buffer
}

func (r *Reader) text() string { return string(r.bytes(r.length(), nil)) }

func (r *Reader) optional() *string {
	n := r.length()
	if n == 0 || r.err != nil {
		return nil
	}
	return new(string(r.bytes(n-1, nil)))
}
