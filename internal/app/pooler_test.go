package app_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/app"
	"followgraph/internal/globalid"
	"followgraph/internal/store/connection"
	"followgraph/internal/testcluster"
	"followgraph/internal/testdb"
)

// TestCommandsBehindPooler checks that each command that needs a session to itself refuses a pooler that shares
// sessions, before it changes anything, and that the others work.
func TestCommandsBehindPooler(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	smallGraph(t, database)
	bouncer := testcluster.Bouncer(t, database, "transaction", nil)
	edges := filepath.Join(t.TempDir(), "edges.csv")
	require.NoError(t, os.WriteFile(edges, []byte("follower_id,following_id\ndan,ada\n"), 0o600))
	execSQL(t, database, `UPDATE users SET username = 'ada' WHERE cognito_id = 'ada'`)
	for _, flag := range []string{"--pooler=auto", "--pooler=transaction"} {
		common, _ := configured(t, bouncer.URL(), flag)
		for name, run := range map[string]func() error{
			"migrate up": func() error {
				return app.MigrateUp(t.Context(), common, app.MigrateOptions{}, quiet, io.Discard, io.Discard)
			},
			"adopt check": func() error {
				return app.AdoptCheck(t.Context(), common, app.AdoptCheckOptions{}, quiet, io.Discard)
			},
			"adopt link": func() error {
				return app.LinkAccounts(t.Context(), common, app.AdoptLink{IDs: true}, quiet, io.Discard, io.Discard)
			},
			"stats rebuild": func() error { return app.RebuildStats(t.Context(), common, quiet, io.Discard, io.Discard) },
			"sample": func() error {
				return app.MakeSample(t.Context(), common, app.Sample{Users: 20}, quiet, io.Discard, io.Discard)
			},
			"import edges": func() error {
				return app.ImportEdges(t.Context(), common, app.Import{Source: edges, CreateUsers: true}, quiet, io.Discard, io.Discard)
			},
		} {
			require.ErrorIs(t, run(), connection.ErrSharedSession, "%s %s", name, flag)
		}
		require.NoError(t, app.MigrateStatus(t.Context(), common, quiet, io.Discard))
		require.NoError(t, app.VerifyStats(t.Context(), common, quiet, io.Discard))
		require.NoError(t, app.SetRole(t.Context(), common, "ada", "AGENT", quiet, io.Discard))
	}
}

// TestServeBehindPooler reads and writes through a pooler while its sessions are terminated and it restarts. No answer
// has an internal error.
func TestServeBehindPooler(t *testing.T) {
	t.Parallel()
	for _, graph := range []string{"sql", "auto"} {
		t.Run(graph, func(t *testing.T) {
			t.Parallel()
			database := testdb.New(t)
			smallGraph(t, database)
			bouncer := testcluster.Bouncer(t, database, "transaction", nil)
			s := start(t, bouncer.URL(), append(signInFlags(t), "--graph", graph, "--stream-url", database, "--rate-limit", "0", "--rate-limit-network", "0",
				"--rate-limit-anonymous", "0", "--registrations-per-address", "10000", "--attempts-per-address", "10000")...)
			var ended atomic.Bool
			var done atomic.Int64
			var mu sync.Mutex
			codes := map[string]int{}
			var all sync.WaitGroup
			for i := range 6 {
				all.Go(func() {
					for round := 0; !ended.Load(); round++ {
						code := s.session(t, fmt.Sprintf("w%d-%d", i, round))
						if code == "" {
							done.Add(1)
						}
						mu.Lock()
						codes[code]++
						mu.Unlock()
					}
				})
			}
			admin, err := pgx.Connect(t.Context(), database)
			require.NoError(t, err)
			defer func() { _ = admin.Close(t.Context()) }()
			for kill := range 5 {
				before := done.Load()
				require.Eventually(t, func() bool { return done.Load() > before+2 }, time.Minute, time.Millisecond)
				if kill == 2 {
					bouncer.Stop()
					bouncer.Start()
					continue
				}
				_, err := admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
					WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`)
				require.NoError(t, err)
			}
			ended.Store(true)
			all.Wait()
			for code := range codes {
				require.Contains(t, []string{"", "UNAVAILABLE"}, code, "%v", codes)
			}
		})
	}
}

// session registers a user, who signs in, follows ada, reads, and deletes the account. It returns the code of the first
// error.
func (s *server) session(t *testing.T, name string) string {
	t.Helper()
	var token string
	ada := globalid.User("ada")
	for _, query := range []string{
		`mutation { it: register(input: {username: "` + name + `", phoneNumber: "` + phoneNumber() + `", password: "long enough"}) { token user { id } } }`,
		`mutation { it: login(input: {username: "` + name + `", password: "long enough"}) { token } }`,
		`mutation { it: followUser(input: {userId: "` + ada + `"}) { changed user { stats { followersCount } } } }`,
		`{ it: user(cognitoId: "ada") { followers(first: 5) { nodes { username followers(first: 2) { totalCount } } } } viewer { email } }`,
		`mutation { it: unfollowUser(input: {userId: "` + ada + `"}) { changed } }`,
		`mutation { it: deleteAccount(input: {}) { deletedUserId } }`,
	} {
		response := s.as(t, token, query, nil).decode(t)
		if len(response.Errors) > 0 {
			return fmt.Sprint(response.Errors[0].Extensions["code"])
		}
		if issued, ok := response.Data["it"]["token"].(string); ok {
			token = issued
		}
	}
	return ""
}

var phoneNumbers atomic.Int64

// phoneNumber returns a valid phone number that no other call returns.
func phoneNumber() string { return fmt.Sprintf("+4179%07d", 1000000+phoneNumbers.Add(1)) }
