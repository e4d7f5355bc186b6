package httpserver

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

func TestChooseCoding(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]coding{
		"":                        identity,
		"gzip":                    gzipped,
		"x-gzip":                  gzipped,
		"GZIP;Q=0.5":              gzipped,
		"zstd":                    zstandard,
		"gzip, deflate, br":       gzipped,
		"gzip, deflate, br, zstd": zstandard,
		"gzip;q=1.0, zstd;q=0.9":  gzipped,
		"*":                       zstandard,
		"*, zstd;q=0":             gzipped,
		"gzip;q=0, *":             zstandard,
		"gzip;q=0":                identity,
		"*;q=0":                   identity,
		"identity":                identity,
		"br, deflate":             identity,
		"gzip;q=0.5, identity":    identity,
		"gzip, identity;q=0.5":    gzipped,
		"identity, *;q=0":         identity,
		"gzip;q=high":             identity,
		"gzip2":                   identity,
	} {
		require.Equal(t, want, chooseCoding([]string{accept}), accept)
	}
	require.Equal(t, identity, chooseCoding(nil))
	require.Equal(t, gzipped, chooseCoding([]string{"br", "gzip"}), "several headers are one list")
}

func decompress(t *testing.T, by coding, body []byte) []byte {
	t.Helper()
	var reader io.Reader = bytes.NewReader(body)
	switch by {
	case gzipped:
		unzip, err := gzip.NewReader(reader)
		require.NoError(t, err)
		reader = unzip
	case zstandard:
		decoder, err := zstd.NewReader(reader)
		require.NoError(t, err)
		defer decoder.Close()
		reader = decoder
	}
	plain, err := io.ReadAll(reader)
	require.NoError(t, err)
	return plain
}

// page returns a response of a given size, with random ids like real ones.
func page(size int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	body := bytes.NewBufferString(`{"data":{"users":{"nodes":[`)
	for body.Len() < size {
		fmt.Fprintf(body, `{"cognitoId":"%016x-%016x","username":"user%d","firstname":"Ada","role":"END_USER"},`, random.Uint64(), random.Uint64(), random.IntN(100_000))
	}
	return body.Bytes()
}

func TestCompress(t *testing.T) {
	t.Parallel()
	for _, by := range []coding{gzipped, zstandard} {
		for _, size := range []int{0, 1, minCompressed, 1 << 20} {
			t.Run(fmt.Sprint(by, " ", size), func(t *testing.T) {
				t.Parallel()
				body := page(size)
				for range 2 { // the second run uses pooled objects
					var out bytes.Buffer
					compress(&out, body, by)
					require.Equal(t, body, decompress(t, by, out.Bytes()))
					if size >= minCompressed {
						require.Less(t, out.Len(), len(body))
					}
				}
			})
		}
	}
}

// TestCompression covers responses around the smallest compressed length. Each coding has a separate ETag.
func TestCompression(t *testing.T) {
	t.Parallel()
	long := "{"
	for i := range 100 {
		long += fmt.Sprintf(" field%d: __typename", i)
	}
	long += " }"
	handler := newHandler(trust(t, map[string]string{"long": long, "short": "{ __typename }"}))
	plain := get(t, handler, map[string]any{"documentId": "long"})
	require.Empty(t, plain.Header().Get("Content-Encoding"))
	require.Greater(t, plain.Body.Len(), minCompressed)
	tags := map[string]bool{plain.Header().Get("ETag"): true}
	for _, by := range []coding{gzipped, zstandard} {
		answer := get(t, handler, map[string]any{"documentId": "long"}, "Accept-Encoding", string(by))
		require.Equal(t, string(by), answer.Header().Get("Content-Encoding"))
		require.Equal(t, fmt.Sprint(answer.Body.Len()), answer.Header().Get("Content-Length"))
		require.Equal(t, vary, answer.Header().Get("Vary"))
		require.Equal(t, plain.Body.Bytes(), decompress(t, by, answer.Body.Bytes()))
		tag := answer.Header().Get("ETag")
		tags[tag] = true
		again := get(t, handler, map[string]any{"documentId": "long"}, "Accept-Encoding", string(by), "If-None-Match", tag)
		require.Equal(t, http.StatusNotModified, again.Code)
		require.Empty(t, again.Header().Get("Content-Encoding"))
		again = get(t, handler, map[string]any{"documentId": "long"}, "If-None-Match", tag)
		require.Equal(t, http.StatusOK, again.Code, "the client has another form of it")

		short := get(t, handler, map[string]any{"documentId": "short"}, "Accept-Encoding", string(by))
		require.Empty(t, short.Header().Get("Content-Encoding"))
		posted := post(t, handler, map[string]any{"query": long}, "Accept-Encoding", string(by))
		require.Equal(t, plain.Body.Bytes(), decompress(t, by, posted.Body.Bytes()))
	}
	require.Len(t, tags, 3)
}

// BenchmarkCompress compresses responses of several sizes.
func BenchmarkCompress(b *testing.B) {
	for _, size := range []int{2 << 10, 64 << 10, 1 << 20} {
		body := page(size)
		for _, by := range []coding{gzipped, zstandard} {
			b.Run(fmt.Sprintf("%s/%dKiB", by, size>>10), func(b *testing.B) {
				var out bytes.Buffer
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					out.Reset()
					compress(&out, body, by)
				}
				b.ReportMetric(float64(out.Len())/float64(len(body)), "ratio")
			})
		}
	}
}
