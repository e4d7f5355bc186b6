package graphdump

import (
	"bufio"
	"encoding/binary"
	"io"
)

// Writer writes a dump. After an error of the underlying writer it does nothing; Close returns the error.
type Writer struct {
	out    *bufio.Writer
	number [binary.MaxVarintLen64]byte
}

// bufferSize is the size of the pieces in which a dump is written and read, in bytes.
const bufferSize = 32 << 10

// NewWriter begins a dump.
func NewWriter(to io.Writer) *Writer {
	w := &Writer{out: bufio.NewWriterSize(to, bufferSize)}
	_, _ = w.out.WriteString(Magic)
	return w
}

// Begin begins a section. EndRecords ends it.
func (w *Writer) Begin(s Section) { w.byte(byte(s)) }

// EndRecords ends the records of a section, or the list of an Owner.
func (w *Writer) EndRecords() { w.byte(0) }

// User writes an account.
func (w *Writer) User(u *User) {
	w.byte(1)
	w.text(u.CognitoID)
	w.integer(u.ID)
	w.text(u.Username)
	for _, text := range []*string{u.Firstname, u.Lastname, u.Avatar} {
		w.optional(text)
	}
	w.text(u.Role)
	for _, n := range []int64{u.TokenVersion, int64(u.CreatedAt), u.ShownCreatedAt, u.ShownUpdatedAt} {
		w.integer(n)
	}
	if u.ShownCountsAt == nil {
		w.byte(0)
		return
	}
	w.byte(1)
	w.integer(*u.ShownCountsAt)
}

// CountsTime writes the time of a row of counts.
func (w *Writer) CountsTime(c *CountsTime) {
	w.byte(1)
	w.text(c.CognitoID)
	w.integer(int64(c.At))
}

// Owner begins the list of an id. Its follows come next, and EndRecords.
func (w *Writer) Owner(o *Owner) {
	w.byte(1)
	w.text(o.CognitoID)
	w.integer(o.Length)
	w.integer(o.Count)
}

// Follow writes an element of the list of the last Owner. It takes the other id as a text, which it does not keep.
func (w *Writer) Follow(other string, f *Follow) {
	w.byte(1)
	w.text(other)
	w.integer(int64(f.At))
	w.integer(f.ID)
	w.bool(f.Found)
}

// Place writes a place in an order.
func (w *Writer) Place(p *Place) {
	w.byte(1)
	w.integer(int64(p.At))
	w.text(p.Text)
	w.integer(p.ID)
	w.text(p.CognitoID)
}

// Close ends the dump. It does not close the underlying writer.
func (w *Writer) Close(totals Totals) error {
	w.byte(byte(End))
	w.integer(totals.Accounts)
	w.integer(totals.Follows)
	return w.out.Flush()
}

func (w *Writer) byte(b byte) { _ = w.out.WriteByte(b) }

func (w *Writer) bool(b bool) {
	if b {
		w.byte(1)
	} else {
		w.byte(0)
	}
}

func (w *Writer) integer(n int64) {
	_, _ = w.out.Write(w.number[:binary.PutVarint(w.number[:], n)])
}

func (w *Writer) length(n int) {
	_, _ = w.out.Write(w.number[:binary.PutUvarint(w.number[:], uint64(n))])
}

func (w *Writer) text(s string) {
	w.length(len(s))
	_, _ = w.out.WriteString(s)
}

func (w *Writer) optional(s *string) {
	if s == nil {
		w.length(0)
		return
	}
	w.length(len(*s) + 1)
	_, _ = w.out.WriteString(*s)
}
