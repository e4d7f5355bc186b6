// Package textfile reads text files that are plain or compressed with gzip, zstd, bzip2 or xz, in UTF-8, UTF-16 or
// UTF-32. For a file that is not text, the error names its format.
package textfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// sampleSize is the number of bytes from which the format of a file is detected. The magic number of tar is at offset
// 257.
const sampleSize = 1 << 10

// Text is the text of a file, converted to UTF-8 and without a byte order mark.
type Text struct {
	io.Reader

	Compression string // "gzip", "zstd", "bzip2" or "xz"; empty for a plain file
	Encoding    string // "UTF-16" or "UTF-32"; empty otherwise
}

// Open detects the format of source and returns its text. The caller must count the bytes read from source in consumed,
// which bounds what compressed data may unpack to. The error names a format that Open does not read and says what to
// do.
func Open(source io.Reader, consumed *atomic.Int64) (*Text, error) {
	origin := &origin{source: source}
	raw := bufio.NewReaderSize(origin, 4*sampleSize)
	text := new(Text)
	inner := raw
	if format := compressionOf(peek(raw, sampleSize)); format != nil {
		unpacked, err := unpack(*format, raw, origin, consumed)
		if err != nil {
			return nil, err
		}
		text.Compression = format.name
		inner = bufio.NewReaderSize(unpacked, 4*sampleSize)
	}
	sample, err := inner.Peek(sampleSize)
	if len(sample) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if name := text.Compression; name != "" {
		if again := compressionOf(sample); again != nil {
			return nil, fmt.Errorf("the file is compressed twice: the %s data contains %s data; unpack it once",
				name, again.name)
		}
	}
	if err := refuse(sample); err != nil {
		return nil, err
	}
	text.Reader, text.Encoding = decode(inner, sample)
	return text, nil
}

func peek(in *bufio.Reader, size int) []byte {
	sample, _ := in.Peek(size) // the next read returns the error again
	return sample
}

// decode removes the byte order mark and converts the text to UTF-8.
func decode(in *bufio.Reader, sample []byte) (text io.Reader, encoding string) {
	switch {
	case bytes.HasPrefix(sample, []byte("\xef\xbb\xbf")):
		_, _ = in.Discard(3)
		return in, ""
	case bytes.HasPrefix(sample, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(sample, []byte("\x00\x00\xfe\xff")):
		return transform.NewReader(in, utf32.UTF32(utf32.BigEndian, utf32.ExpectBOM).NewDecoder()), "UTF-32"
	case bytes.HasPrefix(sample, []byte("\xff\xfe")), bytes.HasPrefix(sample, []byte("\xfe\xff")):
		return transform.NewReader(in, unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder()), "UTF-16"
	}
	return in, ""
}

// origin stores an error of the source, which an unpacker would report as damaged data.
type origin struct {
	source io.Reader
	fault  error
}

func (o *origin) Read(p []byte) (int, error) {
	n, err := o.source.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		o.fault = err
	}
	return n, err
}
