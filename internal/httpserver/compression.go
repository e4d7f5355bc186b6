package httpserver

import (
	"bytes"
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// minCompressed is the length from which on a body is compressed, in bytes: a shorter one fits into a network packet as it
// is.
const minCompressed = 1 << 10

// A content coding (RFC 9110, 8.4.1).
type coding string

const (
	identity  coding = ""
	gzipped   coding = "gzip"
	zstandard coding = "zstd"
)

// chooseCoding is the coding for a client with these Accept-Encoding headers: the one that it weighs most, zstd of equals,
// which costs the least and gives the most. Without a header the answer stays as it is.
func chooseCoding(accept []string) coding {
	if len(accept) == 0 {
		return identity
	}
	const unnamed = -1
	asIs, byGzip, byZstd, others := float64(unnamed), float64(unnamed), float64(unnamed), 0.0
	for each := range preferences(accept) {
		switch each.name {
		case "identity":
			asIs = each.weight
		case "gzip", "x-gzip":
			byGzip = each.weight
		case "zstd":
			byZstd = each.weight
		case "*":
			others = each.weight
		}
	}
	if byGzip == unnamed {
		byGzip = others
	}
	if byZstd == unnamed {
		byZstd = others
	}
	switch {
	case byZstd > 0 && byZstd >= byGzip && byZstd >= asIs:
		return zstandard
	case byGzip > 0 && byGzip >= asIs:
		return gzipped
	default:
		return identity
	}
}

// compress writes a body to out by a coding.
func compress(out *bytes.Buffer, body []byte, by coding) {
	if by == zstandard {
		out.Grow(len(body) / 4) // answers shrink to less
		out.Write(zstdEncoder().EncodeAll(body, out.AvailableBuffer()))
		return
	}
	writer := gzipWriters.Get().(*gzip.Writer)
	writer.Reset(out)
	_, _ = writer.Write(body) // a buffer takes everything
	_ = writer.Close()
	writer.Reset(io.Discard) // so that the pool holds no body
	gzipWriters.Put(writer)
}

// Speed counts: an answer is compressed for one client, once.
var (
	gzipWriters = sync.Pool{New: func() any {
		writer, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			panic(err) // for a level that does not exist only
		}
		return writer
	}}
	zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
		encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(zstdWindow),
			zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)))
		if err != nil {
			panic(err) // for options that do not exist only
		}
		return encoder
	})
)

// zstdWindow is far below the 8 MiB that clients take at most (RFC 9659, 3), and bounds what an encoder keeps.
const zstdWindow = 1 << 20
