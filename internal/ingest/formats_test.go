package ingest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/ingest"
	"followgraph/internal/testdb"
)

// read imports edges in a format and returns them as "a>b" or "a>b@time".
func read(t testing.TB, file string, format ingest.Format) (follows string, report ingest.Report, layout ingest.Layout, err error) {
	t.Helper()
	var db memory
	report, err = ingest.Edges(t.Context(), &db, strings.NewReader(file), ingest.Options{
		Format: format, Understood: func(l ingest.Layout) { layout = l },
	})
	var all []string
	for _, f := range db.follows {
		text := f.FollowerID + ">" + f.FollowingID
		if !f.CreatedAt.IsZero() {
			text += "@" + f.CreatedAt.Format(time.RFC3339Nano)
		}
		all = append(all, text)
	}
	return strings.Join(all, " "), report, layout, err
}

var byPosition = ingest.Format{NoHeader: true, Columns: "follower=1,following=2"}

// TestFormats reads files as various programs write them.
func TestFormats(t *testing.T) {
	t.Parallel()
	const psql = " id | follower_id | following_id |          created_at           \n" +
		"----+-------------+--------------+-------------------------------\n" +
		"  1 | ann         | bob          | 2025-06-20 12:00:00.123456+00\n" +
		"  2 | bob         | cid          | 2025-06-20 14:00:01+02\n(2 rows)\n\n"
	for _, test := range []struct {
		name, file string
		format     ingest.Format
		delimiter  string
		want       string
	}{
		{"CR alone", "follower_id,following_id\r1,2\r2,3\r", ingest.Format{}, "comma", "1>2 2>3"},
		{"line ends mixed", "follower_id,following_id\r\n1,2\r2,3\n3,4\r\r\n4,5", ingest.Format{}, "comma", "1>2 2>3 3>4 4>5"},
		{"Excel in Europe", "\ufefffollower_id;following_id\r\n1;2\r\n", ingest.Format{}, "semicolon", "1>2"},
		{"Excel's hint", "sep=;\r\nfollower_id;following_id\r\n1;2\r\n", ingest.Format{}, "semicolon", "1>2"},
		{"Excel's hint for tabs", "sep=\\t\nfollower_id\tfollowing_id\n1\t2\n", ingest.Format{}, "tab", "1>2"},
		{"Excel's texts", "follower_id,following_id\n\"=\"\"007\"\"\",\"=\"\"008\"\"\"\n", ingest.Format{}, "comma", "007>008"},
		{"blanks of all kinds", "follower_id, following_id\n a\u00a0,\u2003b \n\ufeffa\u200b,\tc\n", ingest.Format{}, "comma", "a>b a>c"},
		{"blanks around quotes", "follower_id, following_id\n\"a\", \"b\" \n", ingest.Format{}, "comma", "a>b"},
		{"other quotes", "follower_id,following_id\n'a',“b”\n«b»,`a`\nO'Neil,'t'\n", ingest.Format{}, "comma", "a>b b>a O'Neil>t"},
		{"psql", psql, ingest.Format{}, "pipe", "ann>bob@2025-06-20T12:00:00.123456Z bob>cid@2025-06-20T12:00:01Z"},
		{"psql unaligned", "follower_id|following_id\na|b\n(1 row)\n", ingest.Format{}, "pipe", "a>b"},
		{"psql with a border, MySQL", "+---+---+\n| follower_id | following_id |\n+---+---+\n| a | b |\n+---+---+\n", ingest.Format{}, "pipe", "a>b"},
		{"Markdown", "| follower_id | following_id |\n|---|:---:|\n| a | b |\n", ingest.Format{}, "pipe", "a>b"},
		{"COPY as text", "1\tann\tbob\t2025-06-20 12:00:00+00\n2\tbob\tcid\t2025-06-20 12:00:00+00\n\\.\n",
			ingest.Format{NoHeader: true, Columns: "follower=2,following=3,created_at=4"}, "tab", "ann>bob@2025-06-20T12:00:00Z bob>cid@2025-06-20T12:00:00Z"},
		{"pandas with its index", ",follower_id,following_id\n0,1,2\n1,3,2\n", ingest.Format{}, "comma", "1>2 3>2"},
		{"R's write.csv", "\"\",\"follower_id\",\"following_id\"\n\"1\",\"ann\",\"bob\"\n", ingest.Format{}, "comma", "ann>bob"},
		{"R's write.table", "\"follower_id\" \"following_id\"\n\"1\" \"ann\" \"bob\"\n\"2\" \"cid\" \"bob\"\n", ingest.Format{}, "space", "ann>bob cid>bob"},
		{"Gephi", "Source,Target,Type,Id,Label,timeset,Weight\n1,2,Directed,0,,,1.0\n", ingest.Format{Columns: "follower=Source,following=Target"}, "comma", "1>2"},
		{"SNAP", "# Directed graph\r\n# Nodes: 3 Edges: 2\r\n# FromNodeId\tToNodeId\r\n0\t4\r\n4\t0\r\n", byPosition, "tab", "0>4 4>0"},
		{"SNAP by its names", "# Directed graph\n# FromNodeId\tToNodeId\n0\t4\n", ingest.Format{Columns: "follower=FromNodeId,following=ToNodeId"}, "tab", "0>4"},
		{"a header in a comment", "# follower_id following_id\n0 4\n", ingest.Format{}, "space", "0>4"},
		{"KONECT", "% asym unweighted\n% 2 3 3\n1 2 \n1 3 \n", byPosition, "space", "1>2 1>3"},
		{"KONECT with times", "% asym positive\n1 2 1\t1082008561\n1 3 1\t1082008562\n",
			ingest.Format{NoHeader: true, Columns: "follower=1,following=2,epoch_seconds=4"}, "space", "1>2@2004-04-15T05:56:01Z 1>3@2004-04-15T05:56:02Z"},
		{"Matrix Market", "%%MatrixMarket matrix coordinate pattern general\n% of a repository\n4 4 2\n1 2\n3 4\n", byPosition, "space", "1>2 3>4"},
		{"edges with commas", "% asym\n1,2,5\n3,4,5\n", byPosition, "comma", "1>2 3>4"},
		{"edges with commas and blanks", "1, 2\n3, 4\n", ingest.Format{NoHeader: true}, "comma", "1>2 3>4"},
		{"two columns without a header", "ann bob\nbob cid\n", ingest.Format{NoHeader: true}, "space", "ann>bob bob>cid"},
		{"decimal commas", "1;2;0,5\n3;4;0,7\n", byPosition, "semicolon", "1>2 3>4"},
		{"files put together", "follower_id,following_id\n1,2\n\ufefffollower_id,following_id\n2,3\n\n\"follower_id\",\"following_id\"\n", ingest.Format{}, "comma", "1>2 2>3"},
		{"comments put together", "# x\nfollower_id,following_id\n1,2\n# x\nfollower_id,following_id\n2,3\n", ingest.Format{}, "comma", "1>2 2>3"},
		{"comments of another kind", "// x\nfollower_id,following_id\n1,2\n// y\n", ingest.Format{Comment: "//"}, "comma", "1>2"},
		{"no comments", "follower_id,following_id\n#1,%2\n", ingest.Format{Comment: "none"}, "comma", "#1>%2"},
		{"quoted marks are ids", "follower_id,following_id\n\"#1\",2\n", ingest.Format{}, "comma", "#1>2"},
		{"line breaks in columns that are ignored", "bio,follower_id,following_id\n\"a\n\nfollower_id,b\r\n\"\"c\"\"\",1,2\n,2,3\n", ingest.Format{}, "comma", "1>2 2>3"},
		{"a line break in a header", "\"the\nbio\",follower_id,following_id\nx,1,2\n", ingest.Format{}, "comma", "1>2"},
		{"a delimiter behind each row", "follower_id,following_id\n1,2,\n2,3,\n", ingest.Format{}, "comma", "1>2 2>3"},
		{"another delimiter", "follower_id^following_id\n1^2\n", ingest.Format{Delimiter: "^"}, `'^'`, "1>2"},
		{"another delimiter by name", "follower_id following_id\n1 2\n", ingest.Format{Delimiter: "space"}, "space", "1>2"},
		{"names and other columns", "who,whom,created_at\n1,2,2020-01-01\n", ingest.Format{Columns: "follower=who, following=whom"}, "comma", "1>2@2020-01-01T00:00:00Z"},
		{"columns crossed", "following_id,follower_id\n1,2\n", ingest.Format{Columns: "follower=following_id,following=follower_id"}, "comma", "1>2"},
		{"forms of one id", "follower_id,following_id\njose\u0301,b\njosé,c\n", ingest.Format{}, "comma", "josé>b josé>c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			follows, _, layout, err := read(t, test.file, test.format)
			require.NoError(t, err)
			require.Equal(t, test.want, follows)
			require.Equal(t, test.delimiter, layout.Delimiter)
		})
	}
}

// TestFormatsRefused checks that ambiguous files are refused, and that the error gives reason, line and remedy.
func TestFormatsRefused(t *testing.T) {
	t.Parallel()
	const head = "follower_id,following_id\n"
	for _, test := range []struct {
		name, file string
		format     ingest.Format
		want       []string
	}{
		{"SNAP without a header", "# x\n0\t4\n", ingest.Format{}, []string{"line 2", `"0", "4"`, "--no-header --columns follower=1,following=2"}},
		{"SNAP without directions", "# Undirected graph: x\n0\t4\n", byPosition, []string{"line 1", "no direction", "two rows"}},
		{"KONECT without directions", "% sym unweighted\n0 4\n", byPosition, []string{"line 1", "no direction"}},
		{"KONECT with two kinds of nodes", "% bip unweighted\n1 1\n", byPosition, []string{"line 1", "two kinds of nodes"}},
		{"KONECT with edges that go", "% asym dynamic\n1 2 1\n1 2 -1\n", byPosition, []string{"line 1", "removed over time"}},
		{"Matrix Market, symmetric", "%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n2 1 1\n", byPosition, []string{"line 1", "no direction"}},
		{"Matrix Market, full", "%%MatrixMarket matrix array real general\n1 1\n1\n", byPosition, []string{"line 1", "dense matrix"}},
		{"Matrix Market, cut off", "%%MatrixMarket matrix coordinate pattern general\n4 4 2\n1 2\n", byPosition, []string{"declares 2 rows but has 1"}},
		{"a header that is a row", "ann,bob\nbob,cid\n", ingest.Format{Columns: "follower=1,following=2"}, []string{"line 1 looks like a row", "--no-header"}},
		{"a row that is a header", head + "1,2\n", byPosition, []string{"line 1 looks like a header", "omit --no-header"}},
		{"another header inside", head + "1,2\nfollowing_id,follower_id\n3,4\n", ingest.Format{}, []string{"line 3", "different header", "separately"}},
		{"a wider header inside", head + "1,2\nid,follower_id,following_id\n1,3,4\n", ingest.Format{}, []string{"line 3", "different header"}},
		{"a header in a row", head + "1,2" + head + "3,4\n", ingest.Format{}, []string{"line 2", "a line break is missing"}},
		{"a comment or an id", head + "1,2\n#3,4\n", ingest.Format{}, []string{"line 3", "--comment"}},
		{"more columns without a header", "1,ann,bob\n2,bob,cid\n", ingest.Format{NoHeader: true}, []string{"line 1", "--columns", "has 3"}},
		{"no such column", "ann,bob\n", ingest.Format{NoHeader: true, Columns: "follower=1,following=3"}, []string{"line 1", "no known delimiter splits"}},
		{"no such column in the header", "a,b\n1,2\n", ingest.Format{Columns: "follower=1,following=3"}, []string{"line 1", "no column 3", "has 2"}},
		{"no such name", "a,b\n1,2\n", ingest.Format{Columns: "follower=a,following=c"}, []string{"line 1", `no column "c"`}},
		{"names without a header", "a,b\n1,2\n", ingest.Format{NoHeader: true, Columns: "follower=a,following=b"}, []string{"numbers from 1"}},
		{"one column twice", "a,b\n1,2\n", ingest.Format{Columns: "follower=1,following=1"}, []string{"both column 1"}},
		{"an unknown column", "a,b\n", ingest.Format{Columns: "who=1"}, []string{`unknown column "who"`, "follower"}},
		{"no column at all", "a,b\n", ingest.Format{Columns: "follower"}, []string{"follower=1,following=2"}},
		{"no delimiter", head, ingest.Format{Delimiter: "ab"}, []string{"--delimiter", `"ab"`}},
		{"two delimiters", "a,b;c\nd,e;f\n", byPosition, []string{"line 1", "comma", "semicolon", "--delimiter"}},
		{"pandas' floats", head + "1,2.0\n", ingest.Format{}, []string{"line 2", `"2.0"`, "dtype=str"}},
		{"R's exponents", head + "1e+05,2\n", ingest.Format{}, []string{"line 2", `"1e+05"`, "scientific = FALSE"}},
		{"a spreadsheet's exponents", head + "1.23457E+17,2\n", ingest.Format{}, []string{"line 2", "format cells as text"}},
		{"thousands", head + "\"1,234\",2\n", ingest.Format{}, []string{"line 2", `"1,234"`}},
		{"half a quote", head + "'ann,bob'\n", ingest.Format{}, []string{"line 2", "both ends"}},
		{"a tab in an id", head + "a\tb,c\n", ingest.Format{}, []string{"line 2", "control character", "--delimiter"}},
		{"a line break in an id", head + "\"a\n1\",2\n3,4\n", ingest.Format{}, []string{"line 2", "quote"}},
		{"an invisible character", head + "an\u200bn,bob\n", ingest.Format{}, []string{"line 2", "invisible"}},
		{"an escape of COPY", "follower_id\tfollowing_id\nACME\\\\ann\tbob\n", ingest.Format{}, []string{"line 2", "backslash", "CSV"}},
		{"another encoding", head + "Andr\xe9,2\n", ingest.Format{}, []string{"line 2", "iconv"}},
		{"a converted letter", head + "Andr\ufffd,2\n", ingest.Format{}, []string{"line 2", "iconv"}},
		{"Gephi without directions", "Source,Target,Type\n1,2,Undirected\n", ingest.Format{Columns: "follower=Source,following=Target"}, []string{"line 2", "without a direction"}},
		{"JSON", "[{\"follower_id\": \"1\"}]", ingest.Format{}, []string{"JSON", "jq"}},
		{"JSON lines", "{\"follower_id\": \"1\"}\n", byPosition, []string{"JSON"}},
		{"HTML", "\n<!DOCTYPE html>\n<html>", ingest.Format{}, []string{"HTML"}},
		{"GraphML", "<?xml version=\"1.0\"?>\n<!-- made by yEd -->\n<graphml xmlns=\"x\">", ingest.Format{}, []string{"GraphML"}},
		{"GEXF", "<?xml version='1.0'?><gexf>", ingest.Format{}, []string{"GEXF"}},
		{"PostgreSQL's binary COPY", "PGCOPY\n\xff\r\n\x00\x00\x00", ingest.Format{}, []string{"binary COPY", "\\copy"}},
		{"lists of neighbours", "ann bob cid\nbob cid\n", byPosition, []string{"line 1", "3 columns", "space", "one row for each user"}},
		{"a header that is a row", "ann\tbob\t2025-06-20 12:00:00+00\ncid\tdan\t\\N\n", ingest.Format{Columns: "follower=1,following=2"}, []string{"line 1", "looks like a row"}},
		{"DOT", "digraph {\n a -> b\n}\n", ingest.Format{}, []string{"DOT"}},
		{"Pajek", "*Vertices 2\n1 \"a\"\n", ingest.Format{}, []string{"Pajek"}},
		{"a dump", "--\n-- PostgreSQL database dump\n--\n", ingest.Format{}, []string{"SQL", "\\copy"}},
		{"INSERT", "INSERT INTO user_follows VALUES (1, 2);\n", byPosition, []string{"SQL"}},
		{"psql expanded", "-[ RECORD 1 ]\nfollower_id | 1\n", ingest.Format{}, []string{"expanded", "\\x off"}},
		{"comments alone", "# a\n# b\n", ingest.Format{}, []string{"no row", "2 lines"}},
		{"comments behind the header alone", head + "\n\n", ingest.Format{}, []string{"no row after its header in line 1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			follows, _, _, err := read(t, test.file, test.format)
			require.Error(t, err)
			require.Empty(t, follows)
			text := err.Error()
			var rejected *ingest.RejectedError
			if errors.As(err, &rejected) {
				text += rejected.Help()
			}
			for _, want := range test.want {
				require.Contains(t, text, want)
			}
		})
	}
}

// TestNullIDs checks that null markers of all programs are not ids.
func TestNullIDs(t *testing.T) {
	t.Parallel()
	for _, null := range []string{"NULL", "null", `\N`, "NA", "NaN", "nan", "<NA>", "nil", "None", "N/A", "(null)", "undefined", "NaT", " NULL ", `"NA"`} {
		for _, row := range []string{null + ",b", "a," + null} {
			_, _, _, err := read(t, "follower_id,following_id\n"+row+"\n", ingest.Format{})
			var rejected *ingest.RejectedError
			require.ErrorAs(t, err, &rejected, null)
			require.Equal(t, ingest.NullID, rejected.First, null)
			require.Contains(t, rejected.Help(), "line 2: id is a null marker")
		}
	}
	follows, _, _, err := read(t, "follower_id,following_id\nNullius,nilsson\nnone1,NAN0\n", ingest.Format{})
	require.NoError(t, err)
	require.Equal(t, "Nullius>nilsson none1>NAN0", follows)
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"2025-06-20T12:00:00Z":               "2025-06-20T12:00:00Z",
		"2025-06-20 12:00:00.123456+00":      "2025-06-20T12:00:00.123456Z",
		"2025-06-20 14:00:00+02":             "2025-06-20T12:00:00Z",
		"2025-06-20 17:30:00+05:30":          "2025-06-20T12:00:00Z",
		"2025-06-20 17:30:00 +0530":          "2025-06-20T12:00:00Z",
		"2025-06-20 08:30:00-03:30":          "2025-06-20T12:00:00Z",
		"1880-01-01 00:53:28+00:53:28":       "1880-01-01T00:00:00Z",
		"2025-06-20t12:00:00z":               "2025-06-20T12:00:00Z",
		"2025-06-20 12:00:00":                "2025-06-20T12:00:00Z",
		"2025-06-20T12:00":                   "2025-06-20T12:00:00Z",
		"2025-06-20":                         "2025-06-20T00:00:00Z",
		`"2025-06-20 12:00:00,123"`:          "2025-06-20T12:00:00.123Z",
		"2025-06-20 12:00:00 UTC":            "2025-06-20T12:00:00Z",
		" 2025-06-20 12:00:00.123456789 Z\t": "2025-06-20T12:00:00.123456Z",
	} {
		follows, _, _, err := read(t, "follower_id,following_id,created_at\n1,2,"+given+"\n", ingest.Format{})
		require.NoError(t, err, given)
		require.Equal(t, "1>2@"+want, follows, given)
	}
	for given, want := range map[string]ingest.Cause{

		"infinity": ingest.TimeOutOfRange, "-infinity": ingest.TimeOutOfRange, "12025-06-20 12:00:00+00": ingest.TimeOutOfRange,
		"0044-03-15 12:00:00+00 BC": ingest.TimeOutOfRange,
		"20.06.2025 12:00":          ingest.UnreadableTime, "6/20/2025": ingest.UnreadableTime, "2025-06-20 12": ingest.UnreadableTime,
		"2025-06-20 25:00:00": ingest.UnreadableTime, "2025-06-20 12:00:00+2": ingest.UnreadableTime, "2025-06-20 12:00:00 CEST": ingest.UnreadableTime,
		"1289241911": ingest.UnreadableTime, "2025-06-20 12:00:00+24": ingest.UnreadableTime, "2025-06-20x12:00:00": ingest.UnreadableTime,
	} {
		_, _, _, err := read(t, "follower_id,following_id,created_at\n1,2,"+given+"\n", ingest.Format{})
		var rejected *ingest.RejectedError
		require.ErrorAs(t, err, &rejected, given)
		require.Equal(t, want, rejected.First, given)
	}
	_, report, _, err := read(t, "follower_id,following_id,created_at\n1,2,2025-06-20 12:00:00\n1,3,2025-06-20 12:00:00Z\n", ingest.Format{})
	require.NoError(t, err)
	require.EqualValues(t, 1, report.NoZone)
	require.Zero(t, report.NoTime)
}

// TestEmptyTimes imports rows without a time in files with times: they get the time of the import, and are counted.
func TestEmptyTimes(t *testing.T) {
	t.Parallel()
	for _, column := range []string{"created_at", "epoch_seconds"} {
		for _, empty := range []string{"", `""`, " ", "NULL", `\N`, "NaN", "NaT"} {
			follows, report, _, err := read(t, "follower_id,following_id,"+column+"\n1,2,"+empty+"\n2,1,"+empty+"\n", ingest.Format{})
			require.NoError(t, err, empty)
			require.Equal(t, "1>2 2>1", follows, empty)
			require.EqualValues(t, 2, report.NoTime, empty)
		}
	}
	follows, report, _, err := read(t, "follower_id,following_id,created_at\n1,2,\n2,1,2025-06-20T12:00:00Z\n", ingest.Format{})
	require.NoError(t, err)
	require.Equal(t, "1>2 2>1@2025-06-20T12:00:00Z", follows)
	require.EqualValues(t, 1, report.NoTime)

	// In the database, the time is that of the import.
	url := testdb.New(t)
	report, err = ingest.Edges(t.Context(), openStore(t, url), strings.NewReader("follower_id,following_id,created_at\n1,2,\n3,2,2020-01-01T00:00:00Z\n"),
		ingest.Options{CreateUsers: true})
	require.NoError(t, err)
	require.EqualValues(t, 2, report.Added)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	var recent, dated int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE follower_id = '1' AND created_at > now() - interval '1 minute'),
		count(*) FILTER (WHERE follower_id = '3' AND created_at = '2020-01-01Z') FROM user_follows`).Scan(&recent, &dated))
	require.Equal(t, []int{1, 1}, []int{recent, dated})
}

// TestOpenQuote checks that an unclosed quote affects only its own line.
func TestOpenQuote(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	file.WriteString("x,follower_id,following_id\n\"open,0,1\n")
	for range 20_000 {
		file.WriteString("x,1,2\n")
	}
	var db memory
	report, err := ingest.Edges(t.Context(), &db, strings.NewReader(file.String()), ingest.Options{MaxRejects: 1})
	require.NoError(t, err)
	require.Len(t, db.follows, 20_000)
	require.Equal(t, map[ingest.Cause]int64{ingest.MalformedQuoting: 1}, report.Causes)
	require.EqualValues(t, 20_001, report.Lines)
}

func TestDryRunShowsRows(t *testing.T) {
	t.Parallel()
	report, err := ingest.Edges(t.Context(), new(memory), strings.NewReader("follower_id;following_id;created_at\n 1;2;2025-06-20 12:00:00+00\n"),
		ingest.Options{DryRun: true})
	require.NoError(t, err)
	require.Equal(t, []string{`"1" follows "2" since 2025-06-20T12:00:00Z`}, report.First)
	report, err = ingest.Users(t.Context(), new(memory), strings.NewReader("id,username,phone_number,first_name\n1,ada,+41 (0)44 668 18 00,NULL\n"),
		ingest.Options{DryRun: true})
	require.NoError(t, err)
	require.Equal(t, []string{`"1", username "ada", phone_number "+41446681800"`}, report.First)
}
