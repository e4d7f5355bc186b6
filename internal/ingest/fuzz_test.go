package ingest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"followgraph/internal/ingest"
	"followgraph/internal/model"
	"followgraph/internal/profile"
)

// chunked returns at most size bytes per read.
type chunked struct {
	source io.Reader
	size   int
}

func (c chunked) Read(p []byte) (int, error) { return c.source.Read(p[:min(len(p), c.size)]) }

// outcome is the visible result of an import.
type outcome struct {
	Follows []model.FollowRecord
	Users   []model.UserRecord
	Rejects string
	Report  ingest.Report
	Err     string
}

func readAll(t *testing.T, source io.Reader, maxRejects int64, users bool) outcome {
	t.Helper()
	var db memory
	var rejects bytes.Buffer
	read := ingest.Edges
	if users {
		read = ingest.Users
	}
	report, err := read(t.Context(), &db, source, ingest.Options{MaxRejects: maxRejects, Rejects: &rejects})
	result := outcome{Follows: db.follows, Users: db.users, Rejects: rejects.String(), Report: report}
	if err != nil {
		result.Err = err.Error()
	}
	return result
}

// check tests rules that hold for every file.
func check(t *testing.T, data []byte, size byte, users bool) outcome {
	t.Helper()
	got := readAll(t, bytes.NewReader(data), 1<<40, users)
	again := readAll(t, chunked{bytes.NewReader(data), int(size) + 1}, 1<<40, users)
	require.Empty(t, cmp.Diff(got, again), "what is read depends on how it is read")

	accepted := int64(len(got.Follows) + len(got.Users))
	if got.Err != "" {
		require.Zero(t, accepted)
		return got
	}
	require.Equal(t, got.Report.Lines, accepted+got.Report.Rejected+got.Report.Blank)
	var causes int64
	for _, count := range got.Report.Causes {
		causes += count
	}
	require.Equal(t, got.Report.Rejected, causes)

	if got.Report.Rejected > 0 {
		strict := readAll(t, bytes.NewReader(data), got.Report.Rejected-1, users)
		require.Contains(t, strict.Err, "nothing imported")
		require.Empty(t, strict.Follows)
		require.Empty(t, strict.Users)
		require.Equal(t, got.Rejects, strict.Rejects)
	}
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		var zipped bytes.Buffer
		w := gzip.NewWriter(&zipped)
		_, _ = w.Write(data)
		require.NoError(t, w.Close())
		require.Empty(t, cmp.Diff(got, readAll(t, &zipped, 1<<40, users)), "plain and gzip differ")
	}
	return got
}

func requireID(t *testing.T, id string) {
	t.Helper()
	require.True(t, id != "" && len(id) <= 255 && utf8.ValidString(id) && !strings.Contains(id, "\x00"), "%q", id)
}

func requireTime(t *testing.T, moment time.Time) {
	t.Helper()
	require.True(t, moment.Year() >= 1 && moment.Year() <= 9999 && moment.Nanosecond()%1000 == 0, moment)
}

func FuzzEdges(f *testing.F) {
	for _, seed := range []string{
		"follower_id,following_id\n1,2\n2,1\n",
		"\ufefffollower_id,following_id,created_at\r\n\"a\"\"b\",2,2020-01-01T00:00:00.123456Z\r\n\r\n1,1,\n",
		"x,following_id,follower_id,epoch_seconds\n,1,2,1289241911.72836\n,\"1,2,3\n,1,2,-0.0000019\n",
		"follower_id,following_id\n" + strings.Repeat("y", 70_000) + "\n1,2",
		"\n\n,",
		"# x\r% y\rfollower_id\tfollowing_id\r\n\\N\t2\n\\.\n3\t4",
		" follower_id | following_id | created_at\n-----+-----+----\n a | b | 2025-06-20 12:00:00+02\n(1 row)\n",
		"sep=;\nfollower_id;following_id;bio\n\"1\";2;\"a\nb\"\n3;4;\"\nfollower_id;following_id;bio\n",
		"%%MatrixMarket matrix coordinate pattern general\n2 2 1\n1 2\n",
		"\x1f\x8b",
	} {
		f.Add([]byte(seed), byte(2))
	}
	f.Add(packed(f, rows(20)), byte(7))
	f.Fuzz(func(t *testing.T, data []byte, size byte) {
		for _, row := range check(t, data, size, false).Follows {
			requireID(t, row.FollowerID)
			requireID(t, row.FollowingID)
			require.NotEqual(t, row.FollowerID, row.FollowingID)
			requireTime(t, row.CreatedAt)
		}
	})
}

func FuzzUsers(f *testing.F) {
	for _, seed := range []string{
		"id\n1\n2\n",
		"cognito_id,id,username,firstname,last_name,email,phone_number,avatar,country,city,zipcode,role,created_at\n" +
			"1,9,ada,Ada,Byron,ada@example.org,+441234567,https://h/a,UK,London,N1,OWNER,2020-01-01T00:00:00Z\n,,,,,,,,,,,,\n",
		"id,email,role,epoch_seconds\n1,x,OWNER,1\n2,a@b,owner,2\n3,,,3\n",
	} {
		f.Add([]byte(seed), byte(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, size byte) {
		for _, row := range check(t, data, size, true).Users {
			requireID(t, row.CognitoID)
			requireTime(t, row.CreatedAt)
			for _, rule := range []struct {
				value string
				check func(string) error
			}{
				{row.Username, profile.CheckUsername}, {row.Email, kept(profile.ParseEmail)}, {row.PhoneNumber, profile.CheckPhoneNumber},
				{row.Avatar, profile.CheckAvatar}, {row.Role, profile.CheckRole}, {row.Firstname, kept(profile.ParseText)},
				{row.Lastname, kept(profile.ParseText)}, {row.Country, kept(profile.ParseText)}, {row.City, kept(profile.ParseText)}, {row.Zipcode, kept(profile.ParseText)},
			} {
				if rule.value != "" {
					require.NoError(t, rule.check(rule.value))
				}
			}
		}
	})
}

// FuzzFields compares our field splitting with the standard library's. It skips values to which other rules apply:
// blanks, other quotes and null markers.
func FuzzFields(f *testing.F) {
	usual := regexp.MustCompile(`^[a-m1-9,"]*$`)
	for _, seed := range []string{`1,2`, `"1","2"`, `"a,b","c""d"`, `"`, `"a"b,c`, `a"b,c`, `,`, `"",""`, `""""`, `"a",`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if !usual.MatchString(line) || line == "" || len(line) > 200 {
			return
		}
		reader := csv.NewReader(strings.NewReader(line + "\n"))
		want, err := reader.Read()
		got := readAll(t, strings.NewReader("follower_id,following_id\n"+line+"\n"), 1, false)
		switch {
		case err != nil:
			require.True(t, errors.Is(err, csv.ErrQuote) || errors.Is(err, csv.ErrBareQuote), err)
			require.EqualValues(t, 1, got.Report.Causes[ingest.MalformedQuoting], "%q", line)
		case len(want) == 3 && (want[2] == "" || line[0] == '"'):
			// Each row ends with a comma, or starts with a row name.
		case len(want) != 2:
			require.EqualValues(t, 1, got.Report.Causes[ingest.WrongFieldCount], "%q", line)
		case strings.Contains(want[0]+want[1], `"`) || strings.Contains(want[0]+want[1], ","):
			// Quotes in the value may be removed, and a comma may be a thousands separator.
		case want[0] == "" || want[1] == "":
			require.EqualValues(t, 1, got.Report.Causes[ingest.EmptyID], "%q", line)
		case want[0] == want[1]:
			require.EqualValues(t, 1, got.Report.Causes[ingest.SelfFollow], "%q", line)
		default:
			require.Equal(t, []model.FollowRecord{{FollowerID: want[0], FollowingID: want[1]}}, got.Follows)
		}
	})
}

// kept checks that a value has its stored form.
func kept(parse func(string) (string, error)) func(string) error {
	return func(s string) error {
		again, err := parse(s)
		if err == nil && again != s {
			return fmt.Errorf("%+q becomes %+q", s, again)
		}
		return err
	}
}
