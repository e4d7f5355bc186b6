package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/profile"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

// account is a row of users that an import has created.
type account struct {
	CognitoID, Username, PhoneNumber, PasswordHash, Role string
	Email                                                *string
}

func accounts(t testing.TB, conn *pgx.Conn) []account {
	t.Helper()
	rows, _ := conn.Query(t.Context(),
		`SELECT cognito_id, username, phone_number, password_hash, role::text, email FROM users ORDER BY id`)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[account])
	require.NoError(t, err)
	return all
}

func requireValid(t testing.TB, created []account) {
	t.Helper()
	for _, a := range created {
		require.NoError(t, profile.CheckUsername(a.Username), a)
		require.NoError(t, profile.CheckPhoneNumber(a.PhoneNumber), a)
	}
}

// awkwardIDs lists ids that are not valid in a username, and 7, which is.
var awkwardIDs = follows("7>" + strings.Repeat("x", 60) + " ü>7 -->7 " + strings.Repeat("é", 127) + `>'; a/b>\x00 %>🙂`)

func TestCreateUsers(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	result := importFollows(t, db, awkwardIDs, store.ImportOptions{CreateUsers: true, ChunkRows: 3})
	created := accounts(t, conn)
	require.EqualValues(t, 10, result.UsersCreated)
	require.Len(t, created, 10)
	requireValid(t, created)
	require.Equal(t, "user_7", created[0].Username)
	for _, a := range created {
		require.Equal(t, "$2b$12$"+strings.Repeat(".", 53), a.PasswordHash, "passlib must be able to read it")
		require.Equal(t, "END_USER", a.Role)
		require.Nil(t, a.Email)
		require.Regexp(t, `^\+999\d{12}$`, a.PhoneNumber)
	}
	require.Equal(t, "--", created[3].CognitoID, "in the order in which the rows name them")

	again := importFollows(t, db, awkwardIDs, store.ImportOptions{CreateUsers: true})
	require.Zero(t, again.UsersCreated)
	require.Equal(t, created, accounts(t, conn))

	// Deterministic: another database gets the same values, whatever the chunk size.
	elsewhere := testdb.New(t)
	importFollows(t, openStore(t, elsewhere), awkwardIDs, store.ImportOptions{CreateUsers: true})
	require.Equal(t, created, accounts(t, connect(t, elsewhere)))
}

// An account is as old as its first follow, and not younger than the import.
func TestCreateUsersTime(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	rows := follows("a>b b>c c>d d>e")
	for i, year := range []int{2020, 2010, 2015, 3000} {
		rows[i].CreatedAt = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	importFollows(t, db, rows, store.ImportOptions{CreateUsers: true})
	require.Equal(t, []string{"a 2020", "b 2010", "c 2010", "d 2015"}, query[string](t, conn,
		`SELECT cognito_id || ' ' || extract(year FROM created_at AT TIME ZONE 'UTC') FROM users WHERE cognito_id < 'e' ORDER BY id`))
	require.Equal(t, []bool{true}, query[bool](t, conn, `SELECT created_at <= now() FROM users WHERE cognito_id = 'e'`))
}

func TestCreateUsersKeepsAccounts(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	run(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('b', 'bea', '+4930123456', 'x')`)
	result := importFollows(t, db, follows("a>b b>c"), store.ImportOptions{CreateUsers: true})
	require.EqualValues(t, 2, result.UsersCreated)
	created := accounts(t, conn)
	require.Equal(t, account{CognitoID: "b", Username: "bea", PhoneNumber: "+4930123456", PasswordHash: "x", Role: "END_USER"}, created[0])
	require.Len(t, created, 3)
}

// Derived values change if they are taken, even several times in a row.
func TestCreateUsersCollisions(t *testing.T) {
	t.Parallel()
	// The test learns what an import derives for the id 5 at each attempt by taking that value each time.
	rows := follows("4>5 5>6")
	var earlier []account
	for range 4 {
		url := testdb.New(t)
		db, conn := openStore(t, url), connect(t, url)
		for i, a := range earlier {
			run(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ($1, $2, $3, 'x')`,
				"other"+string(rune('0'+i)), a.Username, a.PhoneNumber)
		}
		result := importFollows(t, db, rows, store.ImportOptions{CreateUsers: true})
		require.EqualValues(t, 3, result.UsersCreated)
		created := accounts(t, conn)
		requireValid(t, created)
		for _, a := range created {
			if a.CognitoID == "5" {
				for _, other := range earlier {
					require.NotEqual(t, other.Username, a.Username)
					require.NotEqual(t, other.PhoneNumber, a.PhoneNumber)
				}
				earlier = append(earlier, a)
			}
		}
		require.Empty(t, drifts(t, db))
	}
	require.Len(t, earlier, 4)
	require.Equal(t, "user_5", earlier[0].Username)

	// If only the phone number is taken, the username stays.
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	run(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('o', 'o', $1, 'x')`, earlier[0].PhoneNumber)
	importFollows(t, db, rows, store.ImportOptions{CreateUsers: true})
	created := query[string](t, conn, `SELECT username || phone_number FROM users WHERE cognito_id = '5'`)
	require.Equal(t, []string{"user_5" + earlier[1].PhoneNumber}, created)
}

func user(id, username, email, phone string) model.UserRecord {
	return model.UserRecord{CognitoID: id, Username: username, Email: email, PhoneNumber: phone, Record: []byte(id)}
}

// conflict is a comparable UserConflict.
type conflict struct {
	line   int64
	record string
	kind   store.ConflictKind
}

func TestImportUsers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name             string
		rows             []model.UserRecord
		want             string // id:username of the added users, in order
		added, unchanged int64
		conflicts        []conflict
	}{
		{name: "nothing"},
		{
			name: "given and derived",
			rows: []model.UserRecord{user("1", "ada", "", ""), user("2", "", "g@example.org", "+999000000000001")},
			want: "1:ada 2:user_2", added: 2,
		},
		{
			name: "an account that is there stays as it is",
			rows: []model.UserRecord{user("old", "new_name", "", ""), user("2", "bob", "", "")},
			want: "2:bob", added: 1, unchanged: 1,
		},
		{
			name: "an id twice makes one account",
			rows: []model.UserRecord{user("1", "ada", "", ""), user("1", "eve", "", ""), user("2", "eve", "", "")},
			want: "1:ada 2:eve", added: 2, unchanged: 1,
		},
		{
			name: "taken by an account",
			rows: []model.UserRecord{
				user("1", "oldname", "", ""), user("2", "", "old@example.org", ""), user("3", "", "", "+4930123456"), user("4", "dan", "", ""),
			},
			want: "4:dan", added: 1,
			conflicts: []conflict{
				{1, "1", store.ConflictKind{Column: "username"}},
				{2, "2", store.ConflictKind{Column: "email"}},
				{3, "3", store.ConflictKind{Column: "phone_number"}},
			},
		},
		{
			name: "given twice",
			rows: []model.UserRecord{
				user("1", "ada", "a@b", "+999000000000001"), user("2", "ada", "", ""), user("3", "", "a@b", ""), user("4", "", "", "+999000000000001"),
			},
			want: "1:ada", added: 1,
			conflicts: []conflict{
				{2, "2", store.ConflictKind{Column: "username", Within: true}},
				{3, "3", store.ConflictKind{Column: "email", Within: true}},
				{4, "4", store.ConflictKind{Column: "phone_number", Within: true}},
			},
		},
		{
			name: "taken by an account, in another case",
			rows: []model.UserRecord{user("1", "OldName", "", ""), user("2", "", "OLD@Example.org", ""), user("3", "dan", "", "")},
			want: "3:dan", added: 1,
			conflicts: []conflict{
				{1, "1", store.ConflictKind{Column: "username"}},
				{2, "2", store.ConflictKind{Column: "email"}},
			},
		},
		{
			name: "given twice, in another case",
			rows: []model.UserRecord{
				user("1", "ada", "JosÉ@example.org", ""), user("2", "ADA", "", ""), user("3", "", "jOSé@Example.org", ""), user("4", "dan", "", ""),
			},
			want: "1:ada 4:dan", added: 2,
			conflicts: []conflict{
				{2, "2", store.ConflictKind{Column: "username", Within: true}},
				{3, "3", store.ConflictKind{Column: "email", Within: true}},
			},
		},
		{
			name: "a derived username gives way to one of another case, and the later one to the earlier one",
			rows: []model.UserRecord{user("a", "", "", ""), user("A", "", "", ""), user("3", "USER_b", "", ""), user("b", "", "", "")},
			want: "a:user_a A:* 3:USER_b b:*", added: 4,
		},
		{
			name: "a derived username gives way to a given one, before or behind",
			rows: []model.UserRecord{user("1", "", "", ""), user("2", "user_1", "", ""), user("3", "user_4", "", ""), user("4", "", "", "")},
			want: "1:* 2:user_1 3:user_4 4:*", added: 4,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url := testdb.New(t)
			db, conn := openStore(t, url), connect(t, url)
			run(t, conn, `INSERT INTO users (cognito_id, username, email, phone_number, password_hash)
				VALUES ('old', 'oldname', 'old@example.org', '+4930123456', 'x')`)
			for i := range test.rows {
				test.rows[i].Line = int64(i + 1)
			}

			var conflicts []conflict
			result, err := db.ImportUsers(t.Context(), store.Rows(test.rows), store.UserImportOptions{
				ImportOptions: store.ImportOptions{ChunkRows: 2},
				Conflict: func(c store.UserConflict) error {
					conflicts = append(conflicts, conflict{c.Line, string(c.Record), c.Kind})
					return nil
				},
			})
			require.NoError(t, err)
			require.Equal(t, test.conflicts, conflicts)
			require.Equal(t, store.ImportResult{
				Rows: int64(len(test.rows) - len(conflicts)), Added: test.added, Unchanged: test.unchanged,
			}, result)
			created := accounts(t, conn)
			requireValid(t, created)
			require.Equal(t, "oldname", created[0].Username)
			var names []string
			for _, a := range created[1:] {
				name := a.Username
				if len(name) == len("user_")+16 {
					name = "*"
				}
				names = append(names, a.CognitoID+":"+name)
			}
			require.Equal(t, test.want, strings.Join(names, " "))
		})
	}
}

// TestImportLocaleC checks that the cases of an email address are found in a database whose locale knows only ASCII
// letters.
func TestImportLocaleC(t *testing.T) {
	t.Parallel()
	url := testdb.NewInC(t)
	db, conn := openStore(t, url), connect(t, url)
	run(t, conn, `INSERT INTO users (username, email, phone_number, password_hash) VALUES ('a', 'josé@example.org', '+1', 'x'), ('b', 'ÉMILE@example.org', '+2', 'x')`)
	var conflicts []store.ConflictKind
	result, err := db.ImportUsers(t.Context(), store.Rows([]model.UserRecord{
		user("1", "", "JOSÉ@example.org", ""), user("2", "", "émile@example.org", ""), user("3", "", "Ünal@example.org", ""), user("4", "", "ünAL@example.org", ""),
	}), store.UserImportOptions{Conflict: func(c store.UserConflict) error {
		conflicts = append(conflicts, c.Kind)
		return nil
	}})
	require.NoError(t, err)
	require.Equal(t, store.ImportResult{Rows: 1, Added: 1}, result)
	require.Equal(t, []store.ConflictKind{{Column: "email"}, {Column: "email"}, {Column: "email", Within: true}}, conflicts)
}

// TestImportBesideRegistrations runs an import beside registrations of the same names in another case; each name goes
// to one of them.
func TestImportBesideRegistrations(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	const names = 300
	rows := make([]model.UserRecord, names)
	for i := range rows {
		rows[i] = user(fmt.Sprint("i", i), fmt.Sprint("name", i), "", "")
	}
	registered := make(chan int)
	go func() {
		created := 0
		for i := names - 1; i >= 0; i-- {
			_, err := db.CreateAccount(t.Context(), model.NewAccount{
				Profile: model.Profile{Username: fmt.Sprint("NAME", i), PhoneNumber: fmt.Sprint("+1", i)}, Role: model.UserRoleEndUser,
			})
			if err == nil {
				created++
			}
		}
		registered <- created
	}()
	result, err := db.ImportUsers(t.Context(), store.Rows(rows), store.UserImportOptions{ImportOptions: store.ImportOptions{ChunkRows: 7}})
	require.NoError(t, err)
	require.EqualValues(t, names, result.Added+int64(<-registered))
	require.Equal(t, []int64{names}, query[int64](t, conn, `SELECT count(DISTINCT lower(username)) FROM users`))
	require.Equal(t, []int64{names}, query[int64](t, conn, `SELECT count(*) FROM users`))
}

// TestCreateUsersOfAnotherCase checks that ids that differ in case alone get usernames that differ in more.
func TestCreateUsersOfAnotherCase(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	run(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash) VALUES ('other', 'USER_c', '+4930123456', 'x')`)
	result := importFollows(t, db, follows("a>A A>b b>B B>c"), store.ImportOptions{CreateUsers: true, ChunkRows: 1})
	require.EqualValues(t, 5, result.UsersCreated)
	requireValid(t, accounts(t, conn))
	require.Equal(t, []string{"a", "b"}, query[string](t, conn, `SELECT cognito_id FROM users WHERE username = 'user_' || cognito_id ORDER BY 1`))
	require.Equal(t, []int64{6}, query[int64](t, conn, `SELECT count(DISTINCT lower(username)) FROM users`))
}

func TestImportUsersAllFields(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	_, err := db.ImportUsers(t.Context(), store.Rows([]model.UserRecord{{
		CognitoID: "1", Username: "ada", Firstname: "Ada", Lastname: "Byron", Avatar: "https://avatars.example/a.png",
		Email: "ada@example.org", PhoneNumber: "+441234567", Role: "BROKER", Country: "UK", City: "London", Zipcode: "N1",
		CreatedAt: time.Date(2019, 2, 3, 4, 5, 6, 789000, time.UTC),
	}}), store.UserImportOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"1 ada Ada Byron https://avatars.example/a.png ada@example.org +441234567 $2b$12$" + strings.Repeat(".", 53) + " BROKER UK London N1 2019-02-03 04:05:06.000789"},
		query[string](t, conn, `SELECT concat_ws(' ', cognito_id, username, firstname, lastname, avatar, email, phone_number,
			password_hash, role, country, city, zipcode, created_at AT TIME ZONE 'UTC') FROM users`))
}

func TestImportUsersNotApproved(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	no := errors.New("no")
	_, err := db.ImportUsers(t.Context(), store.Rows([]model.UserRecord{user("1", "a", "", ""), user("2", "a", "", "")}),
		store.UserImportOptions{Approve: func() error { return no }})
	require.Equal(t, no, err)
	require.Empty(t, accounts(t, conn))
}

// Between the check and the merge, a registration takes a value of a row: the row is left out and reported, and the
// others are imported.
func TestImportUsersLosesRace(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	db, conn := openStore(t, url), connect(t, url)
	var late []store.ConflictKind
	rows := []model.UserRecord{user("1", "ada", "", ""), user("2", "bob", "", ""), user("3", "", "", "")}
	result, err := db.ImportUsers(t.Context(), store.Rows(rows), store.UserImportOptions{
		ImportOptions: store.ImportOptions{Progress: func(p store.ImportProgress) {
			if p == (store.ImportProgress{Phase: store.PhaseMerge, Total: 3}) && len(late) == 0 {
				run(t, conn, `INSERT INTO users (cognito_id, username, phone_number, password_hash)
					VALUES ('a', 'aDA', '+4930123456', 'x'), ('b', 'USER_3', '+4930123457', 'x')
					ON CONFLICT DO NOTHING`)
			}
		}},
		Conflict: func(c store.UserConflict) error {
			late = append(late, c.Kind)
			return nil
		},
	})
	require.NoError(t, err)
	require.Equal(t, store.ImportResult{Rows: 2, Added: 2}, result)
	require.Equal(t, []store.ConflictKind{{Column: "username"}}, late)
	created := accounts(t, conn)
	requireValid(t, created)
	require.Len(t, created, 4)
}

// The pattern of usernames must mean the same to Go and to PostgreSQL.
func TestUsernamePatternInPostgreSQL(t *testing.T) {
	t.Parallel()
	conn := connect(t, testdb.NewEmpty(t))
	for _, name := range []string{
		"", "a", "_", "ada", ".a", "-a", "a.-_", "a\n", "\na", "ä", "a b", "А", "ſ", "K", strings.Repeat("x", 64), strings.Repeat("x", 65),
	} {
		got := query[bool](t, conn, `SELECT $1::text ~ $2::text`, name, profile.UsernamePattern)
		require.Equal(t, []bool{profile.CheckUsername(name) == nil}, got, "%q", name)
	}
}
