package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/globalid"
	"followgraph/internal/testcluster"
)

// faultTargets is the number of users that each writer of a faultLoad can follow.
const faultTargets = 4000

// faultLoad is clients that read, follow and sign in while the database has faults. It records every error code and
// every acknowledged follow.
type faultLoad struct {
	server *server
	stop   context.CancelFunc
	done   sync.WaitGroup

	reads, writes atomic.Int64 // that succeeded

	mu    sync.Mutex
	codes map[string]int // of errors, by code
	acked map[[2]string]bool
}

// importTargets creates the users that writers follow.
func importTargets(t *testing.T, database string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "targets.csv")
	var rows strings.Builder
	rows.WriteString("follower_id,following_id,epoch_seconds\n")
	for n := range faultTargets {
		fmt.Fprintf(&rows, "t%d,ada,%d\n", n, 1_700_000_000+n)
	}
	require.NoError(t, os.WriteFile(path, []byte(rows.String()), 0o600))
	importEdges(t, database, path)
}

// startLoad registers writers and starts the clients. They end with the test at the latest.
func startLoad(t *testing.T, s *server) *faultLoad {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	load := &faultLoad{server: s, stop: stop, codes: map[string]int{}, acked: map[[2]string]bool{}}
	t.Cleanup(load.end)
	for n := range 3 {
		name := fmt.Sprintf("writer%d", n)
		token, _ := s.register(t, name, fmt.Sprintf("+4144668180%d", n))
		load.done.Go(func() { load.follow(ctx, name, token) })
		load.done.Go(func() {
			load.read(ctx, token, `{ user(username: "user_ada") { followers(first: 5) { nodes { username followers(first: 2) { nodes { id } } } } } }`)
		})
		load.done.Go(func() { load.read(ctx, token, `{ viewer { username phoneNumber } }`) })
	}
	load.done.Go(func() {
		load.read(ctx, "", `mutation { login(input: {username: "writer0", password: "`+password+`"}) { token } }`)
	})
	return load
}

// end stops the clients and waits for them.
func (l *faultLoad) end() {
	l.stop()
	l.done.Wait()
}

func (l *faultLoad) read(ctx context.Context, token, query string) {
	for ctx.Err() == nil {
		if l.send(ctx, token, query) {
			l.reads.Add(1)
		}
	}
}

func (l *faultLoad) follow(ctx context.Context, name, token string) {
	for n := 0; ctx.Err() == nil; n = (n + 1) % faultTargets {
		target := fmt.Sprintf("t%d", n)
		query := fmt.Sprintf(`mutation { followUser(input: {userId: %q}) { changed } }`, globalid.User(target))
		if l.send(ctx, token, query) {
			l.writes.Add(1)
			l.mu.Lock()
			l.acked[[2]string{name, target}] = true
			l.mu.Unlock()
		}
	}
}

// send sends an operation and reports whether it succeeded. It records the code of an error, or "transport".
func (l *faultLoad) send(ctx context.Context, token, query string) bool {
	code := l.code(ctx, token, query)
	if code == "" {
		return true
	}
	if ctx.Err() == nil {
		l.mu.Lock()
		l.codes[code]++
		l.mu.Unlock()
	}
	return false
}

func (l *faultLoad) code(ctx context.Context, token, query string) string {
	body, err := json.Marshal(map[string]any{"query": query})
	if err != nil {
		return err.Error()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.server.address+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err.Error()
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	reply, err := l.server.client.Do(request)
	if err != nil {
		return "transport"
	}
	defer func() { _ = reply.Body.Close() }()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		return "transport"
	}
	var decoded response
	if err := json.Unmarshal(text, &decoded); err != nil {
		return string(text)
	}
	if len(decoded.Errors) == 0 {
		return ""
	}
	code, _ := decoded.Errors[0].Extensions["code"].(string)
	if code == "INTERNAL_SERVER_ERROR" || code == "UNAUTHENTICATED" || code == "" {
		return code + ": " + string(text)
	}
	return code
}

// proceeds waits until clients have read and written again.
func (l *faultLoad) proceeds(t *testing.T) {
	t.Helper()
	reads, writes := l.reads.Load(), l.writes.Load()
	require.Eventually(t, func() bool { return l.reads.Load() > reads+20 && l.writes.Load() > writes+5 }, time.Minute, time.Millisecond,
		"%v", l.errors())
}

// errors returns the number of errors by code.
func (l *faultLoad) errors() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.codes)
}

// requireExpected checks that clients got only the errors that a fault of the database explains, and that all
// acknowledged follows are in the database.
func (l *faultLoad) requireExpected(t *testing.T, database string) {
	t.Helper()
	codes := l.errors()
	t.Logf("%d reads, %d writes, errors %v", l.reads.Load(), l.writes.Load(), codes)
	for code := range codes {
		require.Contains(t, []string{"UNAVAILABLE", "TIMEOUT", "OVERLOADED"}, code)
	}
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), `SELECT u.username, f.following_id FROM user_follows f JOIN users u ON u.cognito_id = f.follower_id
		WHERE u.username LIKE 'writer%'`)
	require.NoError(t, err)
	stored := map[[2]string]bool{}
	var follower, target string
	_, err = pgx.ForEachRow(rows, []any{&follower, &target}, func() error {
		stored[[2]string{follower, target}] = true
		return nil
	})
	require.NoError(t, err)
	l.mu.Lock()
	defer l.mu.Unlock()
	require.NotEmpty(t, l.acked)
	for follow := range l.acked {
		require.True(t, stored[follow], "%v was acknowledged and is lost", follow)
	}
}

// faultFlags are the flags of the servers of these tests.
func faultFlags(t *testing.T) []string {
	t.Helper()
	return append(signInFlags(t), "--server-timing", "--admin-listen", "127.0.0.1:0", "--max-connections", "8")
}

// TestFailover promotes a standby under load, first after a crash of the primary and then in a planned switchover.
// Nothing is restarted, no acknowledged follow is lost, and the graph is loaded from the new primary.
func TestFailover(t *testing.T) {
	t.Parallel()
	c := testcluster.New(t)
	importTargets(t, c.URL(0))
	standby := c.AddStandby(t)
	c.Admin(t, 0, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
	s := start(t, c.MultiHostURL(), faultFlags(t)...)
	load := startLoad(t, s)
	load.proceeds(t)

	c.Stop(t, 0)
	c.Promote(t, standby)
	promoted := time.Now()
	load.proceeds(t)
	t.Logf("writes %s after the promotion", time.Since(promoted).Round(time.Millisecond))
	awaitTimeline(t, s, "2")

	c.Rejoin(t, 0)
	load.proceeds(t)
	c.Shutdown(t, standby)
	c.Promote(t, 0)
	promoted = time.Now()
	load.proceeds(t)
	t.Logf("writes %s after the switchover", time.Since(promoted).Round(time.Millisecond))
	awaitTimeline(t, s, "3")
	load.end()
	load.requireExpected(t, c.URL(0))
}

// awaitTimeline waits until a server answers at a position of a timeline, if it has the graph in memory.
func awaitTimeline(t *testing.T, s *server, timeline string) {
	t.Helper()
	if os.Getenv("FOLLOWGRAPH_GRAPH") == "sql" {
		return
	}
	require.Eventually(t, func() bool {
		got := s.post(t, `{ users(first: 1) { nodes { id } } }`, nil)
		parts := strings.Split(got.header.Get(positionHeader), ".")
		return len(parts) == 3 && parts[1] == timeline && strings.Contains(got.header.Get("Server-Timing"), `"0 statements"`)
	}, loadLimit, 20*time.Millisecond)
}

// TestFaultsOfTheDatabase has the database fail under load in the ways that its operators cause. Clients proceed after
// each fault, and get no errors but those that say so.
func TestFaultsOfTheDatabase(t *testing.T) {
	t.Parallel()
	c := testcluster.New(t, testcluster.WithSetting("max_connections", "40"), testcluster.WithSetting("superuser_reserved_connections", "3"))
	importTargets(t, c.URL(0))
	s := start(t, c.URL(0), faultFlags(t)...)
	load := startLoad(t, s)
	load.proceeds(t)
	for _, fault := range []struct {
		name string
		make func()
	}{
		{"sessions are ended", func() {
			for range 5 {
				c.Admin(t, 0, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'followgraph%' AND backend_type = 'client backend'")
			}
		}},
		{"statements are canceled", func() {
			for range 5 {
				c.Admin(t, 0, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'followgraph%' AND backend_type = 'client backend'")
			}
		}},
		{"a fast restart", func() { c.Shutdown(t, 0); c.Start(t, 0) }},
		{"a crash", func() { c.Stop(t, 0); c.Start(t, 0) }},
		{"no answer for a while", func() {
			c.Freeze(t, 0)
			before := load.errors()["UNAVAILABLE"]
			require.Eventually(t, func() bool { return load.errors()["UNAVAILABLE"] > before }, time.Minute, 10*time.Millisecond)
			c.Thaw(t, 0)
		}},
		{"other clients have all connections", func() {
			others := takeConnections(t, c.URL(0))
			c.Admin(t, 0, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'followgraph%' AND backend_type = 'client backend'")
			others = append(others, takeConnections(t, c.URL(0))...)
			for _, conn := range others {
				require.NoError(t, conn.Close(t.Context()))
			}
		}},
	} {
		before := load.errors()
		fault.make()
		load.proceeds(t)
		t.Logf("%s: errors %v, before it %v", fault.name, load.errors(), before)
	}
	load.end()
	load.requireExpected(t, c.URL(0))
}

// takeConnections opens connections until the server refuses one.
func takeConnections(t *testing.T, database string) (conns []*pgx.Conn) {
	t.Helper()
	for {
		conn, err := pgx.Connect(t.Context(), database)
		if err != nil {
			return conns
		}
		conns = append(conns, conn)
	}
}
