package ingest_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/ingest"
	"followgraph/internal/model"
	"followgraph/internal/testdb"
)

func users(t *testing.T, file string, maxRejects int64) (db memory, rejects string, err error) {
	t.Helper()
	var out bytes.Buffer
	_, err = ingest.Users(t.Context(), &db, strings.NewReader(file), ingest.Options{MaxRejects: maxRejects, Rejects: &out})
	for i := range db.users {
		db.users[i].Record = nil // see TestUsersConflicts
	}
	return db, strings.TrimPrefix(out.String(), "line,cause,record\n"), err
}

func TestUsers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file string
		want       []model.UserRecord
	}{
		{"ids alone", "id\n1\n2\n", []model.UserRecord{{Line: 2, CognitoID: "1"}, {Line: 3, CognitoID: "2"}}},
		{"cognito_id before id", "id,cognito_id\n1,a\n", []model.UserRecord{{Line: 2, CognitoID: "a"}}},
		{
			"all columns", "role,zipcode,city,country,avatar,phone_number,email,lastname,firstname,username,id,created_at\n" +
				"BROKER,N1,London,UK,https://h/a.png,+441234567,a@b,Byron,Ada,ada,1,2020-01-01T00:00:00Z\n",
			[]model.UserRecord{{
				Line: 2, CognitoID: "1", Username: "ada", Firstname: "Ada", Lastname: "Byron", Email: "a@b", PhoneNumber: "+441234567",
				Avatar: "https://h/a.png", Country: "UK", City: "London", Zipcode: "N1", Role: "BROKER",
				CreatedAt: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
			}},
		},
		{
			"other names", "id,first_name,last_name,epoch_seconds\n1,Zoë,王,1.5\n",
			[]model.UserRecord{{Line: 2, CognitoID: "1", Firstname: "Zoë", Lastname: "王", CreatedAt: time.Unix(1, 500_000_000).UTC()}},
		},
		{"empty is unset", "id,username,email,role\n1,,,\n", []model.UserRecord{{Line: 2, CognitoID: "1"}}},
		{"an empty time", "id,created_at\n1,\n2,NULL\n", []model.UserRecord{{Line: 2, CognitoID: "1"}, {Line: 3, CognitoID: "2"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db, rejects, err := users(t, test.file, 0)
			require.NoError(t, err)
			require.Empty(t, rejects)
			require.Equal(t, test.want, db.users)
		})
	}
}

func TestUsersRejects(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ column, value, cause string }{
		{"username", "a b", "invalid username"},
		{"firstname", "a\tb", "invalid name"},
		{"last_name", "\xff", "invalid name"},
		{"country", strings.Repeat("x", 256), "invalid country, city or zipcode"},
		{"city", "\x00", "invalid country, city or zipcode"},
		{"email", "nobody", "invalid email"},
		{"phone_number", "12345678", "invalid phone_number"},
		{"avatar", "a.png", "invalid avatar"},
		{"role", "king", "invalid role"},

		{"epoch_seconds", "99999999999999", "time out of range"},
	} {
		t.Run(test.column, func(t *testing.T) {
			t.Parallel()
			row := "1," + test.value
			db, rejects, err := users(t, "id,"+test.column+"\n"+row+"\n", 1)
			require.NoError(t, err)
			require.Empty(t, db.users)
			require.True(t, strings.HasPrefix(strings.ReplaceAll(rejects, `"`, ""), "2,"+test.cause+","+row), rejects)
		})
	}
}

func TestUsersHeader(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ file, want string }{
		{"username\n", `the header has no column id or cognito_id: it has "username"; if another column contains the ids: --columns cognito_id=username`},
		{"id,id\n", `the header contains column id twice: it has`},
		{"id,firstname,first_name\n", `the header contains column firstname or first_name twice: "id", "firstname", "first_name"`},
		{"id,created_at,epoch_seconds\n", `the header has both created_at and epoch_seconds`},
	} {
		_, _, err := users(t, test.file, 0)
		require.ErrorContains(t, err, strings.TrimSuffix(test.want, " it has"))
	}
}

// TestUsersConflicts checks that conflicts in the database are bad rows with their line in the file.
func TestUsersConflicts(t *testing.T) {
	t.Parallel()
	const file = "id,username,email\n1,ada,\n2,ada,\n\n3,,x\n4,bob,a@b\n5,eve,a@b\n"
	db := openStore(t, testdb.New(t))
	var rejects bytes.Buffer
	report, err := ingest.Users(t.Context(), db, strings.NewReader(file), ingest.Options{MaxRejects: 2, Rejects: &rejects})
	require.EqualError(t, err, "nothing imported: 3 bad rows, 2 allowed "+
		"(1 email twice in the file, 1 invalid email, 1 username twice in the file; first at line 5)")
	require.Equal(t, "line,cause,record\n5,invalid email,\"3,,x\"\n3,username twice in the file,\"2,ada,\"\n7,email twice in the file,\"5,eve,a@b\"\n",
		rejects.String())
	require.Zero(t, report.Added)

	report, err = ingest.Users(t.Context(), db, strings.NewReader(file), ingest.Options{MaxRejects: 3})
	require.NoError(t, err)
	require.EqualValues(t, 2, report.Added)
	require.EqualValues(t, 3, report.Rejected)
	require.Equal(t, report.Lines, report.Rows+report.Rejected+report.Blank)

	report, err = ingest.Users(t.Context(), db, strings.NewReader("id,username\n6,bob\n4,other\n"), ingest.Options{MaxRejects: 1})
	require.NoError(t, err)
	require.EqualValues(t, 1, report.Unchanged)
	require.Equal(t, map[ingest.Cause]int64{ingest.UsernameTaken: 1}, report.Causes)
}
