package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/ingest"
)

func packed(t testing.TB, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// edges imports a file. It returns its follows as "a>b" or "a>b@time", and the content of the file of rejects without
// its header.
func edges(t testing.TB, source io.Reader, maxRejects int64) (follows, rejects string, report ingest.Report, err error) {
	t.Helper()
	var db memory
	var file bytes.Buffer
	report, err = ingest.Edges(t.Context(), &db, source, ingest.Options{MaxRejects: maxRejects, Rejects: &file})
	var texts []string
	for _, f := range db.follows {
		text := f.FollowerID + ">" + f.FollowingID
		if !f.CreatedAt.IsZero() {
			text += "@" + f.CreatedAt.Format(time.RFC3339Nano)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " "), strings.TrimPrefix(file.String(), "line,cause,record\n"), report, err
}

func TestEdges(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, file, want string }{
		{"plain", "follower_id,following_id\n1,2\n2,1\n", "1>2 2>1"},
		{"last line without a line break", "follower_id,following_id\n1,2", "1>2"},
		{"CRLF", "follower_id,following_id\r\n1,2\r\n2,3\r\n", "1>2 2>3"},
		{"byte order mark", "\ufefffollower_id,following_id\n1,2\n", "1>2"},
		{"byte order mark and quotes", "\ufeff\"follower_id\",\"following_id\"\n1,2\n", "1>2"},
		{"blank lines", "\n\r\nfollower_id,following_id\n\n1,2\n  \t\n\r\n2,3\n\n", "1>2 2>3"},
		{"any order, others ignored", "x,following_id,y,follower_id\n,2,\xff,1\n", "1>2"},
		{"spaces in the header", "follower_id , following_id\n1,2\n", "1>2"},
		{"blanks around ids are no part of them", "follower_id,following_id\n 1,2 \n\u00a02\u200b,\ufeff1\t\n", "1>2 2>1"},
		{"quoted", "follower_id,following_id\n\"1\",\"2\"\n\"a,b\",\"say \"\"hi\"\"\"\n3,\"4\"\n", `1>2 a,b>say "hi" 3>4`},
		{"RFC 3339", "follower_id,following_id,created_at\n1,2,2010-11-08T18:45:11.728361Z\n1,3,2010-11-08T20:45:11+02:00\n",
			"1>2@2010-11-08T18:45:11.728361Z 1>3@2010-11-08T18:45:11Z"},
		{"digits beyond the microsecond are dropped", "follower_id,following_id,created_at\n1,2,2010-11-08T18:45:11.7283619Z\n", "1>2@2010-11-08T18:45:11.728361Z"},
		{"epoch seconds", "follower_id,following_id,rating,epoch_seconds\n6,2,4,1289241911.72836\n6,5,2,1289241941\n6,7,2,0\n6,8,1,-0.5\n6,9,1,1289241911.1234569\n",
			"6>2@2010-11-08T18:45:11.72836Z 6>5@2010-11-08T18:45:41Z 6>7@1970-01-01T00:00:00Z 6>8@1969-12-31T23:59:59.5Z 6>9@2010-11-08T18:45:11.123456Z"},
		{"time bounds", "follower_id,following_id,created_at\n1,2,0001-01-01T00:00:00.000001Z\n1,3,9999-12-31T23:59:59.999999Z\n", "1>2@0001-01-01T00:00:00.000001Z 1>3@9999-12-31T23:59:59.999999Z"},
		{"other scripts", "follower_id,following_id\nليلى,🙂\n", "ليلى>🙂"},
		{"longest id", "follower_id,following_id\n" + strings.Repeat("é", 127) + "e,1\n", strings.Repeat("é", 127) + "e>1"},
		{"longest line", "follower_id,following_id,x\n1,2," + strings.Repeat("x", 64<<10-4) + "\n3,4,\n", "1>2 3>4"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for form, source := range map[string]io.Reader{
				"plain":         strings.NewReader(test.file),
				"byte by byte":  iotest.OneByteReader(strings.NewReader(test.file)),
				"data with EOF": iotest.DataErrReader(strings.NewReader(test.file)),
				"gzip":          bytes.NewReader(packed(t, test.file)),
				"gzip in two":   io.MultiReader(bytes.NewReader(packed(t, test.file[:9])), bytes.NewReader(packed(t, test.file[9:]))),
			} {
				follows, rejects, _, err := edges(t, source, 0)
				require.NoError(t, err, form)
				require.Equal(t, test.want, follows, form)
				require.Empty(t, rejects, form)
			}
		})
	}
}

func TestEdgesRejects(t *testing.T) {
	t.Parallel()
	const head, timed = "follower_id,following_id\n", "follower_id,following_id,created_at\n"
	const epoch = "follower_id,following_id,epoch_seconds\n"
	long := strings.Repeat("x", 64<<10)
	for _, test := range []struct {
		name, file string
		rejects    string
		cause      ingest.Cause
	}{
		{"too few fields", head + "1\n", "2,wrong number of fields,1\n", ingest.WrongFieldCount},
		{"too many fields", head + "1,2,3\n", "2,wrong number of fields,\"1,2,3\"\n", ingest.WrongFieldCount},
		{"empty follower", head + "\n,2\n", "3,empty id,\",2\"\n", ingest.EmptyID},
		{"empty following", head + "1,\"\"\n", "2,empty id,\"1,\"\"\"\"\"\n", ingest.EmptyID},
		{"id too long", head + strings.Repeat("i", 256) + ",2\n", "2,id too long,\"" + strings.Repeat("i", 256) + ",2\"\n", ingest.IDTooLong},
		{"id not UTF-8", head + "1,\xff\n", "2,id is not valid text,\"1,\xff\"\n", ingest.InvalidID},
		{"id with NUL", head + "1,a\x00b\n", "2,id is not valid text,\"1,a\x00b\"\n", ingest.InvalidID},
		{"self-follow", head + "7,\"7\"\n", "2,self-follow,\"7,\"\"7\"\"\"\n", ingest.SelfFollow},
		{"bare quote", head + "1,2\"\n", "2,malformed quoting,\"1,2\"\"\"\n", ingest.MalformedQuoting},
		{"quote left open", head + "1,\"2\n", "2,malformed quoting,\"1,\"\"2\"\n", ingest.MalformedQuoting},
		{"text behind a quote", head + "1,\"2\"x\n", "2,malformed quoting,\"1,\"\"2\"\"x\"\n", ingest.MalformedQuoting},
		{"line too long", head + long + "x\n", "2,line too long," + long + "\n", ingest.LineTooLong},
		{"last line much too long", head + long + long + long, "2,line too long," + long + "\n", ingest.LineTooLong},

		{"not a time", timed + "1,2,yesterday\n", "2,unreadable time,\"1,2,yesterday\"\n", ingest.UnreadableTime},
		{"no such day", timed + "1,2,2023-02-29T00:00:00Z\n", "2,unreadable time,\"1,2,2023-02-29T00:00:00Z\"\n", ingest.UnreadableTime},
		{"the first moment of the year 1", timed + "1,2,0001-01-01T00:00:00Z\n", "2,time out of range,\"1,2,0001-01-01T00:00:00Z\"\n", ingest.TimeOutOfRange},
		{"before the year 1", timed + "1,2,0000-12-31T23:59:59Z\n", "2,time out of range,\"1,2,0000-12-31T23:59:59Z\"\n", ingest.TimeOutOfRange},
		{"pushed out by its zone", timed + "1,2,9999-12-31T23:59:59-01:00\n", "2,time out of range,\"1,2,9999-12-31T23:59:59-01:00\"\n", ingest.TimeOutOfRange},

		{"epoch as text", epoch + "1,2,1e9\n", "2,unreadable time,\"1,2,1e9\"\n", ingest.UnreadableTime},
		{"epoch with a sign only", epoch + "1,2,-\n", "2,unreadable time,\"1,2,-\"\n", ingest.UnreadableTime},
		{"epoch without a fraction", epoch + "1,2,5.\n", "2,unreadable time,\"1,2,5.\"\n", ingest.UnreadableTime},

		{"epoch in microseconds", epoch + "1,2,1289241911728360\n", "2,time out of range,\"1,2,1289241911728360\"\n", ingest.TimeOutOfRange},
		{"epoch of many digits", epoch + "1,2,-99999999999999999999999\n", "2,time out of range,\"1,2,-99999999999999999999999\"\n", ingest.TimeOutOfRange},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			// With one bad row and none allowed, nothing is imported, not even the good row after it.
			file := strings.TrimSuffix(test.file, "\n") + "\n8,9"
			if strings.Contains(test.file, "at,") || strings.HasPrefix(test.file, timed) {
				file += ",2020-01-01T00:00:00Z"
			} else if strings.HasPrefix(test.file, epoch) {
				file += ",1"
			}
			follows, rejects, report, err := edges(t, strings.NewReader(file), 0)
			var rejected *ingest.RejectedError
			require.ErrorAs(t, err, &rejected)
			require.Equal(t, map[ingest.Cause]int64{test.cause: 1}, rejected.Causes)
			require.Empty(t, follows)
			require.Equal(t, test.rejects, rejects)
			require.EqualValues(t, 1, report.Rejected)

			// If it is allowed, the good row is imported.
			follows, rejects, report, err = edges(t, strings.NewReader(file), 1)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(follows, "8>9"), follows)
			require.Equal(t, test.rejects, rejects)
			require.Equal(t, report.Lines, report.Rows+report.Rejected+report.Blank)
		})
	}
}

// TestEdgesTooManyRejects checks that the file is read to its end after too many bad rows, so that the report is
// complete.
func TestEdgesTooManyRejects(t *testing.T) {
	t.Parallel()
	const file = "follower_id,following_id\n1,1\n1,2\n2,2\n\n,3\n3,3\n"
	follows, rejects, report, err := edges(t, strings.NewReader(file), 2)
	require.EqualError(t, err, "nothing imported: 4 bad rows, 2 allowed (3 self-follow, 1 empty id; first at line 2)")
	require.Empty(t, follows)
	require.Equal(t, "2,self-follow,\"1,1\"\n4,self-follow,\"2,2\"\n6,empty id,\",3\"\n7,self-follow,\"3,3\"\n", rejects)
	require.EqualValues(t, 4, report.Rejected)
	require.EqualValues(t, 6, report.Lines)
	require.EqualValues(t, 1, report.Blank)

	follows, _, _, err = edges(t, strings.NewReader(file), 4)
	require.NoError(t, err)
	require.Equal(t, "1>2", follows)
}

func TestEdgesHeader(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, file, want string }{
		{"empty file", "", "the file is empty: it needs a header line that names its columns"},
		{"blank file", "\n \r\n", "the file is empty: it needs a header line that names its columns"},
		{"no row", "follower_id,following_id\n", "the file has no row after its header in line 1"},
		{"no follower", "following_id,x\n", `line 1: the header has no column follower_id: it has "following_id", "x"; name the columns with the ids: --columns follower=1,following=2, or names instead of the numbers`},
		{"no following", "follower_id\n", `line 1: the header has no column following_id: it has "follower_id"; give --delimiter if another character separates the columns`},
		{"none at all", "\n1,2\n", `line 2: the header has no column follower_id: it has "1", "2"; if this is a row and the file has no header: --no-header --columns follower=1,following=2`},
		{"rows of words", "ann,bob\nbobby,carla\nann,bob\ncarla,bobby\nbob,anna\n", `line 1: the header has no column follower_id: it has "ann", "bob"; if this is the header, name the columns with the ids: --columns follower=1,following=2, or names instead of the numbers; if this is a row and the file has no header: --no-header --columns follower=1,following=2`},
		{"a time", "ann\tbob\t2025-06-20 12:00:00+00\n", `line 1: the header has no column follower_id: it has "ann", "bob", "2025-06-20 12:00:00+00"; if this is a row and the file has no header: --no-header --columns follower=1,following=2`},
		{"Neo4j", ":START_ID(User),since:datetime,:END_ID(User)\n1,,2\n", `line 1: the header has no column follower_id: it has ":START_ID(User)", "since:datetime", ":END_ID(User)"; if :START_ID(User) follows :END_ID(User): --columns follower=1,following=3`},
		{"another name", "follower_id,followed_id\n1,2\n", `line 1: the header has no column following_id: it has "follower_id", "followed_id"; if follower_id follows followed_id: --columns follower=follower_id,following=followed_id`},
		{"other case", "Follower_ID,following_id\n", `line 1: the header has no column follower_id: it has "Follower_ID", "following_id"; column names are lower case: give --columns follower_id=1, or rename it`},
		{"Gephi", "Source;Target;Type\n1;2;Directed\n", `line 1: the header has no column follower_id: it has "Source", "Target", "Type"; if Source follows Target: --columns follower=Source,following=Target`},
		{"twice", "follower_id,following_id,follower_id\n", `line 1: the header contains column follower_id twice: "follower_id", "following_id", "follower_id"`},
		{"two times", "follower_id,following_id,created_at,epoch_seconds\n", `the header has both created_at and epoch_seconds, but only one is allowed: "follower_id", "following_id", "created_at", "epoch_seconds"`},
		{"time twice", "follower_id,following_id,created_at,created_at\n", `line 1: the header contains column created_at twice: "follower_id", "following_id", "created_at", "created_at"`},
		{"open quote", "\"follower_id,following_id\n", "line 1: the header has a quote that is not closed or not doubled"},
		{"not text", "\x00\x01\xfe", `the file contains binary data, not text: export the table as CSV`},
		{"wide", strings.Repeat("a,", 20), `line 1: the header has no column follower_id: it has "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a", and 9 more; if this is the header, name the columns with the ids: --columns follower=1,following=2, or names instead of the numbers; if this is a row and the file has no header: --no-header --columns follower=1,following=2`},
		{"endless", strings.Repeat("a", 70_000), "line 1 has 65536 bytes or more: is this a table?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, _, err := edges(t, strings.NewReader(test.file), 100)
			require.EqualError(t, err, test.want)
		})
	}
}

// rows returns a file with a number of rows.
func rows(count int) string {
	var text strings.Builder
	text.WriteString("follower_id,following_id\n")
	for i := range count {
		text.WriteString(strings.Repeat("x", i%7+1) + ",y\n")
	}
	return text.String()
}

// TestEdgesBrokenInput checks that nothing is imported from an unreadable input, and that the error gives the reason.
func TestEdgesBrokenInput(t *testing.T) {
	t.Parallel()
	whole := packed(t, rows(30_000))
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-6] ^= 0xff // its checksum
	fault := errors.New("a fault of the disk")
	for _, test := range []struct {
		name   string
		source io.Reader
		want   string
	}{
		{"gzip cut in its header", bytes.NewReader(whole[:5]), "the gzip data ends early"},
		{"gzip cut in its data", bytes.NewReader(whole[:len(whole)/2]), "the gzip data ends early"},
		{"gzip cut in its trailer", bytes.NewReader(whole[:len(whole)-3]), "the gzip data ends early"},
		{"gzip with a wrong checksum", bytes.NewReader(damaged), "the gzip data is damaged"},
		{"gzip with other data behind", io.MultiReader(bytes.NewReader(whole), strings.NewReader("more than a header would be")), "the gzip data is damaged"},
		{"read error at once", iotest.ErrReader(fault), "reading the input: a fault of the disk"},
		{"read error later", io.MultiReader(strings.NewReader(rows(9000)), iotest.ErrReader(fault)), "after line 9001: reading the input: a fault of the disk"},
		{"read error in a long line", io.MultiReader(strings.NewReader(rows(1)+strings.Repeat("z", 70_000)), iotest.ErrReader(fault)), "reading the input: a fault of the disk"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			follows, _, _, err := edges(t, test.source, 1_000_000)
			require.ErrorContains(t, err, test.want)
			require.Empty(t, follows)
		})
	}
}

// TestEdgesCanceledOnSilentPipe checks that a canceled import ends even if its pipe stays silent.
func TestEdgesCanceledOnSilentPipe(t *testing.T) {
	t.Parallel()
	source, sink := io.Pipe()
	defer func() { _ = sink.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := ingest.Edges(ctx, new(memory), source, ingest.Options{})
		ended <- err
	}()
	_, err := io.WriteString(sink, "follower_id,following_id\n1,2\n")
	require.NoError(t, err)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}

func TestEdgesProgress(t *testing.T) {
	t.Parallel()
	file := rows(10_000)
	var seen []ingest.Progress
	_, err := ingest.Edges(t.Context(), new(memory), strings.NewReader(file), ingest.Options{
		TotalBytes: int64(len(file)), Progress: func(p ingest.Progress) { seen = append(seen, p) },
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(seen), 3)
	last := seen[len(seen)-1]
	require.Equal(t, ingest.Progress{Phase: ingest.PhaseRead, Rows: 10_000, Bytes: int64(len(file)), TotalBytes: int64(len(file))}, last)
	for i := range seen[1:] {
		require.GreaterOrEqual(t, seen[i+1].Bytes, seen[i].Bytes)
	}
}

// full is a writer without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestEdgesRejectsUnwritable(t *testing.T) {
	t.Parallel()
	var db memory
	_, err := ingest.Edges(t.Context(), &db, strings.NewReader("follower_id,following_id\n1,1\n1,2\n"),
		ingest.Options{MaxRejects: 5, Rejects: full{}})
	require.ErrorContains(t, err, "writing the rejects: no space left")
	require.Empty(t, db.follows)
}

// TestEdgesAllocations checks that only accepted rows allocate memory.
func TestEdgesAllocations(t *testing.T) {
	count := func(rowCount int) float64 {
		file := rows(rowCount)
		return testing.AllocsPerRun(5, func() {
			_, err := ingest.Edges(t.Context(), &discard{}, strings.NewReader(file), ingest.Options{})
			require.NoError(t, err)
		})
	}
	perRow := (count(20_000) - count(10_000)) / 10_000
	require.Less(t, perRow, 2.1, "the two ids of a row, and nothing else")
}
