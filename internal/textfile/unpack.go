package textfile

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

const (
	// maxWindow is the memory in bytes that compressed data may request. zstd --long and xz -9 need this much.
	maxWindow = 128 << 20

	// maxRatio bounds the size of unpacked data relative to the compressed size. Tables of ids unpack to 3 to 30 times
	// their size, decompression bombs to 1000 times and more.
	maxRatio   = 250
	freeOutput = 64 << 20 // bytes that any file may unpack to
)

// compression is a compression format that Open reads.
type compression struct {
	name  string
	magic string
	open  func(*bufio.Reader) (io.Reader, error)
}

// compressionOf detects the compression of a sample. It returns nil if there is none.
func compressionOf(sample []byte) *compression {
	for _, known := range []compression{
		{"gzip", "\x1f\x8b", openGzip},
		{"zstd", "\x28\xb5\x2f\xfd", openZstd},
		{"bzip2", "BZh", openBzip2},
		{"xz", "\xfd7zXZ\x00", openXZ},
	} {
		if bytes.HasPrefix(sample, []byte(known.magic)) && (known.name != "bzip2" || isBzip2(sample)) {
			return &known
		}
	}
	return nil
}

// isBzip2 reports whether data that starts with BZh is compressed and not a text with these letters: after the level,
// the magic number of a block or of the end of the stream must follow.
func isBzip2(sample []byte) bool {
	return len(sample) < 10 || bytes.Equal(sample[4:10], []byte("\x31\x41\x59\x26\x53\x59")) ||
		bytes.Equal(sample[4:10], []byte("\x17\x72\x45\x38\x50\x90"))
}

// unpacker reads unpacked data, bounds its size and explains errors.
type unpacker struct {
	format   string
	data     io.Reader
	origin   *origin
	consumed *atomic.Int64
	produced int64
}

func unpack(format compression, raw *bufio.Reader, origin *origin, consumed *atomic.Int64) (io.Reader, error) {
	u := &unpacker{format: format.name, origin: origin, consumed: consumed}
	data, err := format.open(raw)
	if err != nil {
		return nil, u.explain(err)
	}
	u.data = data
	return u, nil
}

func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.data.Read(p)
	u.produced += int64(n)
	if u.produced > freeOutput && u.produced/maxRatio > u.consumed.Load() {
		return 0, fmt.Errorf("the %s data unpacks to more than %d times its size, which is unusual for a table: "+
			"if it is a table, unpack it first", u.format, maxRatio)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = u.explain(err)
	}
	return n, err
}

// explain returns an error that says what is wrong with the file. io.EOF means that the data ended early.
func (u *unpacker) explain(err error) error {
	switch {
	case u.origin.fault != nil:
		return u.origin.fault
	case errors.Is(err, errWindow), errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Errorf("the %s data needs more than %d MiB of memory to unpack: unpack it first",
			u.format, maxWindow>>20)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("the %s data ends early: the file was cut off; create or copy it again", u.format)
	}
	return fmt.Errorf("the %s data is damaged: %w", u.format, err)
}

// members reads the members of a gzip file one after the other. It ignores zeros after the last member, as gzip does:
// they pad a file to the block size of a tape or device.
type members struct {
	raw    *bufio.Reader
	member *gzip.Reader
}

func openGzip(raw *bufio.Reader) (io.Reader, error) {
	member, err := gzip.NewReader(raw)
	if err != nil {
		return nil, err
	}
	member.Multistream(false)
	return &members{raw, member}, nil
}

func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.member.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
		if err := m.next(); err != nil {
			return 0, err
		}
	}
}

var errTrailing = errors.New("other data follows it")

// next starts the next member. It returns io.EOF if there is none.
func (m *members) next() error {
	first, err := m.raw.Peek(1)
	if err != nil {
		return err
	}
	if first[0] == 0 {
		return m.padding()
	}
	if start, err := m.raw.Peek(2); len(start) < 2 || string(start) != "\x1f\x8b" {
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		return errTrailing
	}
	if err := m.member.Reset(m.raw); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	m.member.Multistream(false)
	return nil
}

func (m *members) padding() error {
	for {
		b, err := m.raw.ReadByte()
		if err != nil {
			return err
		}
		if b != 0 {
			return errTrailing
		}
	}
}

func openZstd(raw *bufio.Reader) (io.Reader, error) {
	// With a concurrency of 1, Read decodes without goroutines, which would have to be stopped.
	return zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxWindow))
}

func openBzip2(raw *bufio.Reader) (io.Reader, error) { return bzip2.NewReader(raw), nil }

var errWindow = errors.New("window too large")

func openXZ(raw *bufio.Reader) (io.Reader, error) {
	if window(peek(raw, 64)) > maxWindow {
		return nil, errWindow
	}
	return xz.NewReader(raw)
}

// window returns the dictionary size in bytes in the first block header of xz data, which the library allocates at
// once, or 0 if there is none. See the .xz file format, version 1.2.1, sections 2.1.1, 3.1 and 5.3.1.
func window(data []byte) uint64 {
	const streamHeader = 12
	if len(data) < streamHeader+2 {
		return 0
	}
	header := data[streamHeader:]
	flags, rest := header[1], header[2:]
	for _, present := range []byte{0x40, 0x80} { // the compressed and the uncompressed size
		if flags&present == 0 {
			continue
		}
		for len(rest) > 0 && rest[0]&0x80 != 0 {
			rest = rest[1:]
		}
		rest = rest[min(1, len(rest)):]
	}
	if len(rest) < 3 || rest[0] != 0x21 || rest[1] != 1 || rest[2] > 40 {
		return 0
	}
	if rest[2] == 40 {
		return 1<<32 - 1
	}
	return (2 | uint64(rest[2])&1) << (rest[2]/2 + 11)
}
