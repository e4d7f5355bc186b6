package changes

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// message reads a message of pgoutput (PostgreSQL, Logical Replication Message Formats), version 1 of the protocol. Its
// own reader rather than pglogrepl's, because a transaction can have millions of rows, and because this one checks
// every length.
type message struct {
	data []byte
	err  error
}

func (m *message) take(n int) []byte {
	if n < 0 || n > len(m.data) {
		m.err = errors.Join(m.err, errShort)
		m.data = nil
		return nil
	}
	taken := m.data[:n:n]
	m.data = m.data[n:]
	return taken
}

func (m *message) byte() byte {
	if b := m.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (m *message) uint16() uint16 {
	if b := m.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (m *message) uint32() uint32 {
	if b := m.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (m *message) uint64() uint64 {
	if b := m.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// string reads a string that ends with a zero byte.
func (m *message) string() string {
	end := bytes.IndexByte(m.data, 0)
	if end < 0 {
		m.err = errors.Join(m.err, errShort)
		m.data = nil
		return ""
	}
	return string(m.take(end + 1)[:end])
}

// relation is a table as a message describes it.
type relation struct {
	oid          uint32
	schema, name string
	identity     byte // of the replica: 'd' the primary key, 'n' nothing, 'f' the whole row, 'i' an index
	columns      []relationColumn
}

type relationColumn struct {
	isKey bool
	name  string
	oid   uint32 // of its type
}

func (m *message) relation() relation {
	r := relation{oid: m.uint32(), schema: m.string(), name: m.string(), identity: m.byte()}
	for n := m.uint16(); n > 0 && m.err == nil; n-- {
		r.columns = append(r.columns, relationColumn{isKey: m.byte()&1 != 0, name: m.string(), oid: m.uint32()})
		m.uint32() // the modifier of the type
	}
	return r
}

// tuple reads a row into values, in the order of the message. The values alias the message.
func (m *message) tuple(values []value) ([]value, error) {
	values = values[:0]
	for n := m.uint16(); n > 0 && m.err == nil; n-- {
		switch kind := m.byte(); kind {
		case 'n':
			values = append(values, value{null: true})
		case 'u':
			values = append(values, value{unchanged: true})
		case 'b':
			size := m.uint32()
			if uint64(size) > uint64(len(m.data)) {
				return nil, errShort
			}
			values = append(values, value{data: m.take(int(size))})
		case 't':
			return nil, errors.New("the server sent a value as text, although binary values were requested")
		default:
			if m.err == nil {
				m.err = fmt.Errorf("a row has the unknown kind of value %q", kind)
			}
		}
	}
	return values, m.err
}
