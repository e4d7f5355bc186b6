package textfile_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"github.com/ulikunitz/xz"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"followgraph/internal/textfile"
)

// counter counts the bytes read, as callers of Open do.
type counter struct {
	io.Reader
	consumed atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.consumed.Add(int64(n))
	return n, err
}

func read(source io.Reader) (text *textfile.Text, content string, err error) {
	c := &counter{Reader: source}
	text, err = textfile.Open(c, &c.consumed)
	if err != nil {
		return nil, "", err
	}
	all, err := io.ReadAll(text)
	return text, string(all), err
}

func compress[W io.WriteCloser](t testing.TB, text string, open func(io.Writer) W) []byte {
	t.Helper()
	var out bytes.Buffer
	w := open(&out)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func gzipped(t testing.TB, text string) []byte { return compress(t, text, gzip.NewWriter) }

func zstandard(t testing.TB, text string) []byte {
	return compress(t, text, func(w io.Writer) *zstd.Encoder {
		encoder, err := zstd.NewWriter(w)
		require.NoError(t, err)
		return encoder
	})
}

func xzipped(t testing.TB, text string) []byte {
	return compress(t, text, func(w io.Writer) *xz.Writer {
		writer, err := xz.NewWriter(w)
		require.NoError(t, err)
		return writer
	})
}

// bzipped is "a,b\n" as bzip2 writes it; Go has no writer of it.
const bzipped = "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x03\x43\x3a\xe0\x00\x00\x01\x51\x00\x00\x10\x00\x04\x30\x00\x20\x00\x21\x9a\x68\x33\x4d\x17\x3c\x5d\xc9\x14\xe1\x42\x40\x0d\x0c\xeb\x80"

func TestOpen(t *testing.T) {
	t.Parallel()
	const text = "a,b\n"
	big := strings.Repeat("ann,bob\ncid,dan\n", 40_000)
	utf16 := func(e unicode.Endianness) []byte {
		b, err := unicode.UTF16(e, unicode.UseBOM).NewEncoder().Bytes([]byte(text))
		require.NoError(t, err)
		return b
	}
	utf32le, err := utf32.UTF32(utf32.LittleEndian, utf32.UseBOM).NewEncoder().Bytes([]byte(text))
	require.NoError(t, err)
	for _, test := range []struct {
		name                  string
		data                  []byte
		compression, encoding string
		want                  string
	}{
		{"plain", []byte(text), "", "", text},
		{"empty", nil, "", "", ""},
		{"byte order mark", []byte("\ufeff" + text), "", "", text},
		{"gzip", gzipped(t, text), "gzip", "", text},
		{"gzip, large", gzipped(t, big), "gzip", "", big},
		{"gzip in members", append(gzipped(t, text), gzipped(t, text)...), "gzip", "", text + text},
		{"gzip with padding", append(gzipped(t, text), make([]byte, 9000)...), "gzip", "", text},
		{"gzip of nothing", append(gzipped(t, ""), gzipped(t, text)...), "gzip", "", text},
		{"gzip with a byte order mark", gzipped(t, "\ufeff"+text), "gzip", "", text},
		{"zstd", zstandard(t, text), "zstd", "", text},
		{"zstd in frames", append(zstandard(t, big), zstandard(t, text)...), "zstd", "", big + text},
		{"bzip2", []byte(bzipped), "bzip2", "", text},
		{"bzip2 in streams", []byte(bzipped + bzipped), "bzip2", "", text + text},
		{"xz", xzipped(t, big), "xz", "", big},
		{"xz in streams", append(xzipped(t, text), xzipped(t, text)...), "xz", "", text + text},
		{"UTF-16, little end first", utf16(unicode.LittleEndian), "", "UTF-16", text},
		{"UTF-16, big end first", utf16(unicode.BigEndian), "", "UTF-16", text},
		{"UTF-32", utf32le, "", "UTF-32", text},
		{"UTF-16 in gzip", gzipped(t, string(utf16(unicode.LittleEndian))), "gzip", "UTF-16", text},
		{"text that begins as a format", []byte("ORCID,BZh,PAR1\n"), "", "", "ORCID,BZh,PAR1\n"},
		{"text that begins as bzip2", []byte("BZhang,follower_id\n"), "", "", "BZhang,follower_id\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for name, source := range map[string]io.Reader{
				"at once": bytes.NewReader(test.data), "byte by byte": iotest.OneByteReader(bytes.NewReader(test.data)),
				"data with EOF": iotest.DataErrReader(bytes.NewReader(test.data)),
			} {
				opened, content, err := read(source)
				require.NoError(t, err, name)
				require.Equal(t, test.want, content, name)
				require.Equal(t, test.compression, opened.Compression)
				require.Equal(t, test.encoding, opened.Encoding)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	var archive, workbook, tape bytes.Buffer
	for name, out := range map[string]*bytes.Buffer{"edges.csv": &archive, "[Content_Types].xml": &workbook} {
		z := zip.NewWriter(out)
		_, err := z.Create(name)
		require.NoError(t, err)
		require.NoError(t, z.Close())
	}
	w := tar.NewWriter(&tape)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "edges.csv", Mode: 0o600, Size: 4}))
	_, err := io.WriteString(w, "a,b\n")
	require.NoError(t, err)
	require.NoError(t, w.Close())
	old := bytes.Clone(tape.Bytes()) // tar from before POSIX: no magic number, and another checksum
	copy(old[257:265], make([]byte, 8))
	copy(old[148:156], "        ")
	sum := 0
	for _, b := range old[:512] {
		sum += int(b)
	}
	copy(old[148:156], []byte{byte('0' + sum>>15&7), byte('0' + sum>>12&7), byte('0' + sum>>9&7), byte('0' + sum>>6&7), byte('0' + sum>>3&7), byte('0' + sum&7), 0, ' '})

	whole := gzipped(t, strings.Repeat("ann,bob\n", 1000))
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-6] ^= 0xff
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"ZIP", archive.Bytes(), `ZIP archive, whose first file is "edges.csv"`},
		{"Excel", workbook.Bytes(), "Excel workbook"},
		{"tar", tape.Bytes(), "tar archive"},
		{"tar of before POSIX", old, "tar archive"},
		{"tar in gzip", gzipped(t, tape.String()), "tar archive"},
		{"Parquet", []byte("PAR1\x15\x04\x15\x00"), "Parquet"},
		{"PDF", []byte("%PDF-1.7\n%\xe2\xe3"), "PDF"},
		{"SQLite", []byte("SQLite format 3\x00\x10\x00"), "SQLite"},
		{"an old workbook", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00"), ".xls"},
		{"Git LFS", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "git lfs pull"},
		{"compressed twice", gzipped(t, string(whole)), "compressed twice: the gzip data contains gzip data"},
		{"UTF-16 without its mark", []byte("a\x00,\x00b\x00\n\x00c\x00,\x00d\x00"), "UTF-16LE"},
		{"UTF-16BE without its mark", []byte("\x00a\x00,\x00b\x00\n\x00c\x00,\x00d"), "UTF-16BE"},
		{"binary", []byte("\x00\x01\xfe"), "binary data"},
		{"gzip cut in its header", whole[:5], "the gzip data ends early"},
		{"gzip cut in its data", whole[:len(whole)/2], "the gzip data ends early"},
		{"gzip cut in its trailer", whole[:len(whole)-3], "the gzip data ends early"},
		{"gzip cut in its second member", append(bytes.Clone(whole), whole[:4]...), "the gzip data ends early"},
		{"gzip damaged", damaged, "the gzip data is damaged"},
		{"gzip and other data", append(bytes.Clone(whole), "more"...), "the gzip data is damaged: other data follows it"},
		{"gzip, padding and other data", append(bytes.Clone(whole), "\x00\x00more"...), "the gzip data is damaged: other data follows it"},
		{"zstd cut", zstandard(t, strings.Repeat("ann,bob\n", 1000))[:20], "the zstd data ends early"},
		{"xz cut", xzipped(t, strings.Repeat("ann,bob\n", 1000))[:40], "the xz data ends early"},
		{"bzip2 cut", []byte(bzipped)[:20], "the bzip2 data ends early"},
		{"xz that wants 4 GiB", []byte("\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x28\x00\x00\x00\x00\x00\x00\x00"), "needs more than 128 MiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := read(bytes.NewReader(test.data))
			require.ErrorContains(t, err, test.want)
		})
	}
}

// TestBomb checks that a file which unpacks to a thousand times its size is refused early.
func TestBomb(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"gzip": gzipped(t, strings.Repeat("\n", 80<<20)), "zstd": zstandard(t, strings.Repeat("\n", 80<<20)),
	} {
		_, content, err := read(bytes.NewReader(data))
		require.ErrorContains(t, err, "unpacks to more than 250 times its size", name)
		require.Less(t, len(content), 70<<20, name)
	}
}

func TestFaultOfTheSource(t *testing.T) {
	t.Parallel()
	fault := errors.New("a fault of the disk")
	whole := gzipped(t, strings.Repeat("ann,bob\n", 100_000))
	for _, source := range []io.Reader{
		iotest.ErrReader(fault), io.MultiReader(strings.NewReader("a,b\n"), iotest.ErrReader(fault)),
		io.MultiReader(bytes.NewReader(whole[:9]), iotest.ErrReader(fault)),
		io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), iotest.ErrReader(fault)),
	} {
		_, _, err := read(source)
		require.ErrorIs(t, err, fault)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(bzipped))
	f.Add(gzipped(f, "a,b\n"))
	f.Add(zstandard(f, "a,b\n"))
	f.Add(xzipped(f, "a,b\n"))
	f.Add([]byte("\xff\xfea\x00"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, content, err := read(bytes.NewReader(data))
		_, again, errAgain := read(iotest.OneByteReader(bytes.NewReader(data)))
		require.Equal(t, content, again)
		require.Equal(t, err == nil, errAgain == nil)
	})
}
