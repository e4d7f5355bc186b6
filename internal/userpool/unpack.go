package userpool

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// unpacked is the input, unpacked where it is gzip.
func unpacked(input io.Reader) (io.Reader, error) {
	raw := bufio.NewReader(input)
	if magic, err := raw.Peek(2); err != nil || !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return raw, nil
	}
	member, err := gzip.NewReader(raw)
	if err != nil {
		return nil, damaged(err)
	}
	member.Multistream(false)
	return &members{raw: raw, member: member}, nil
}

// members are those of a gzip file, one after the other. Zeros behind the last one are padding, as tapes and block devices
// have it (gzip's manual, "Advanced usage").
type members struct {
	raw    *bufio.Reader
	member *gzip.Reader
}

func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.member.Read(p)
		if err == nil || n > 0 {
			return n, nil
		}
		if !errors.Is(err, io.EOF) {
			return 0, damaged(err)
		}
		for {
			next, err := m.raw.ReadByte()
			if err != nil {
				return 0, err
			}
			if next != 0 {
				break
			}
		}
		_ = m.raw.UnreadByte() // after a byte was read
		if err := m.member.Reset(m.raw); err != nil {
			return 0, damaged(err)
		}
		m.member.Multistream(false)
	}
}

func damaged(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the gzip data ends early") // not an end of the input, for which readers above would take it
	}
	return fmt.Errorf("the gzip data is damaged: %w", err)
}
