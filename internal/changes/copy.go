package changes

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// copySignature starts every COPY in binary (PostgreSQL, COPY, Binary Format). Flags and the length of an extension
// follow.
var copySignature = []byte("PGCOPY\n\377\r\n\000")

const copyHeader = 19

var errCopy = errors.New("the rows of COPY do not have its binary format")

// copyParser reads rows out of a COPY in binary, which may come in pieces of any size.
type copyParser struct {
	rest  []byte // an incomplete row at the end of the last piece
	row   []value
	begun bool
	ended bool
}

// feed calls visit for each row that data completes. The values are valid until visit returns.
func (p *copyParser) feed(data []byte, visit func([]value) error) error {
	if len(p.rest) > 0 {
		p.rest = append(p.rest, data...)
		data = p.rest
	}
	if !p.begun {
		if len(data) < copyHeader {
			p.rest = append(p.rest[:0], data...)
			return nil
		}
		extension := binary.BigEndian.Uint32(data[15:])
		if !bytes.HasPrefix(data, copySignature) || extension != 0 {
			return errCopy
		}
		p.begun, data = true, data[copyHeader:]
	}
	for len(data) > 0 {
		n, complete, err := p.next(data)
		if err != nil {
			return err
		}
		if !complete {
			break
		}
		data = data[n:]
		if p.ended {
			break
		}
		if err := visit(p.row); err != nil {
			return err
		}
	}
	if p.ended && len(data) > 0 {
		return errCopy
	}
	p.rest = append(p.rest[:0], data...)
	return nil
}

// next reads one row into p.row and returns its length. complete is false if data has only a part of it.
func (p *copyParser) next(data []byte) (length int, complete bool, err error) {
	if p.ended {
		return 0, false, errCopy
	}
	if len(data) < 2 {
		return 0, false, nil
	}
	count := int16(binary.BigEndian.Uint16(data))
	if count == -1 {
		p.ended = true
		return 2, true, nil
	}
	if int(count) != len(p.row) {
		return 0, false, errCopy
	}
	at := 2
	for i := range p.row {
		if len(data)-at < 4 {
			return 0, false, nil
		}
		size := int32(binary.BigEndian.Uint32(data[at:]))
		at += 4
		if size == -1 {
			p.row[i] = value{null: true}
			continue
		}
		if size < 0 {
			return 0, false, errCopy
		}
		if len(data)-at < int(size) {
			return 0, false, nil
		}
		p.row[i] = value{data: data[at : at+int(size) : at+int(size)]}
		at += int(size)
	}
	return at, true, nil
}
