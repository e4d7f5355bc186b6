package httpserver

import (
	"bytes"
	"io"
	"net/http"
	"runtime"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// minCompressed is the smallest length of a body that is compressed, in bytes. A shorter body fits into one network
// packet.
const minCompressed = 1 << 10

// coding is a content coding (RFC 9110, 8.4.1).
type coding string

const (
	identity  coding = ""
	gzipped   coding = "gzip"
	zstandard coding = "zstd"
)

// codingOf returns the content coding of an answer with a body of a length in bytes.
func codingOf(r *http.Request, length int) coding {
	if length < minCompressed {
		return identity
	}
	return chooseCoding(r.Header["Accept-Encoding"])
}

// chooseCoding returns the coding that the headers Accept-Encoding weigh highest. Among equals it prefers zstd, which
// is cheapest and compresses best. Without a header the response is not compressed.
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

// compress writes the compressed body to out.
func compress(out *bytes.Buffer, body []byte, by coding) {
	if by == zstandard {
		out.Grow(len(body) / 4) // responses usually shrink to less
		out.Write(zstdEncoder().EncodeAll(body, out.AvailableBuffer()))
		return
	}
	writer := gzipWriters.Get().(*gzip.Writer)
	writer.Reset(out)
	_, _ = writer.Write(body) // a write to a buffer does not fail
	_ = writer.Close()
	writer.Reset(io.Discard) // so that the pool retains no body
	gzipWriters.Put(writer)
}

// Levels favor speed, because each response is compressed for one client, once.
var (
	gzipWriters = sync.Pool{New: func() any {
		writer, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			panic(err) // only for a level that does not exist
		}
		return writer
	}}
	zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
		encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(zstdWindow),
			zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)))
		if err != nil {
			panic(err) // only for options that do not exist
		}
		return encoder
	})
)

// zstdWindow limits the memory of an encoder. Clients support windows up to 8 MiB (RFC 9659, 3).
const zstdWindow = 1 << 20
