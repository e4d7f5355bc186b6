package app_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// wideGraph creates 100 users with 100 separate followers each. Each follower has 20 followers. So each level of pages
// of maximum size has different users, and no level uses results of the level above. If long is set, names and avatars
// have their maximum length, as in an attacker's accounts.
func wideGraph(t testing.TB, databaseURL string, long bool) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	avatar, name := "", "x"
	if long {
		avatar, name = strings.Repeat("x", 2_000), strings.Repeat("\U00010348", 255)
	}
	for _, statement := range []string{
		`INSERT INTO users (cognito_id, username, phone_number, password_hash, firstname, lastname, avatar, created_at, updated_at)
		SELECT CASE n WHEN 0 THEN 'ada' ELSE 'user' || n END, CASE n WHEN 0 THEN 'ada' ELSE 'user' || n END, '+999' || n, '', $1, $1,
			'https://example.com/' || $2, now() - (20000 - n) * interval '1 s', now()
		FROM generate_series(0, 10099) AS n`,
		`INSERT INTO user_follows (follower_id, following_id, created_at)
		SELECT follower.cognito_id, owner.cognito_id, now() - n * interval '1 ms'
		FROM generate_series(0, 9999) AS n
		JOIN users AS follower ON follower.phone_number = '+999' || n + 100
		JOIN users AS owner ON owner.phone_number = '+999' || n % 100`,
		`INSERT INTO user_follows (follower_id, following_id, created_at)
		SELECT follower.cognito_id, owner.cognito_id, now() - n * interval '1 ms'
		FROM generate_series(100, 10099) AS n CROSS JOIN generate_series(1, 20) AS step
		JOIN users AS follower ON follower.phone_number = '+999' || 100 + (n + step * 17) % 10000
		JOIN users AS owner ON owner.phone_number = '+999' || n
		WHERE follower.cognito_id <> owner.cognito_id`,
		`INSERT INTO user_follows (follower_id, following_id, created_at)
		SELECT following_id, follower_id, created_at FROM user_follows WHERE id % 4 > 0 ON CONFLICT DO NOTHING`,
		`INSERT INTO user_follow_stats (user_id, followers_count, followings_count, updated_at)
		SELECT cognito_id, (SELECT count(*) FROM user_follows WHERE following_id = cognito_id),
			(SELECT count(*) FROM user_follows WHERE follower_id = cognito_id), now() FROM users`,
		`ANALYZE`,
	} {
		var arguments []any
		if strings.Contains(statement, "$1") {
			arguments = []any{name, avatar}
		}
		_, err := conn.Exec(t.Context(), statement, arguments...)
		require.NoError(t, err)
	}
}

// weight is the processor time of a request and its peak memory.
type weight struct {
	processor time.Duration
	live      uint64
	code      string // of the first error
}

func (w weight) String() string {
	return fmt.Sprintf("%.0f ms, %.1f MiB, %s", w.processor.Seconds()*1000, float64(w.live)/(1<<20), cmp.Or(w.code, "OK"))
}

// share returns the fraction of the limit for processor time or memory that a request uses, whichever is larger.
func (w weight) share() float64 {
	return max(float64(w.processor)/float64(maxHostileTime), float64(w.live)/maxHostileMemory)
}

// least returns the smaller values of two measurements of one request, because both include other work of the process.
func (w weight) least(other weight) weight {
	return weight{min(w.processor, other.processor), min(w.live, other.live), w.code}
}

// weigh sends a request twice: once to measure processor time, and once to measure memory during constant garbage
// collection. Both include the client's part.
func (s *server) weigh(t testing.TB, body []byte, token string) weight {
	t.Helper()
	runtime.GC()
	before := used(t)
	found := weight{code: s.discard(t, body, token)}
	found.processor = used(t).since(before).processor

	idle := liveBytes()
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		for peak := uint64(0); ; {
			peak = max(peak, liveBytes())
			select {
			case <-done:
				most <- peak
				return
			default:
			}
		}
	}()
	s.discard(t, body, token)
	close(done)
	peak := <-most
	found.live = peak - min(peak, idle)
	return found
}

var firstCode = regexp.MustCompile(`"code":"([A-Z_]+)"`)

// discard sends a request, reads the response and returns only the code of the first error.
func (s *server) discard(t testing.TB, body []byte, token string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.address+"/graphql", bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := s.client.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	head, err := io.ReadAll(io.LimitReader(response.Body, 4<<10)) // errors come first
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	require.NotEqual(t, http.StatusInternalServerError, response.StatusCode, "%s", body)
	if found := firstCode.FindSubmatch(head); found != nil && bytes.HasPrefix(head, []byte(`{"errors"`)) {
		require.NotEqual(t, "INTERNAL_SERVER_ERROR", string(found[1]), "%s", body)
		return string(found[1])
	}
	return ""
}

// liveBytes collects garbage and returns the size of the live heap and of stacks. The collector considers objects live
// that are allocated during a collection, although most are garbage, so liveBytes excludes them until the next call.
func liveBytes() uint64 {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(samples)
	allocated := samples[2].Value.Uint64()
	runtime.GC()
	metrics.Read(samples)
	live := samples[0].Value.Uint64()
	return live - min(live, samples[2].Value.Uint64()-allocated) + samples[1].Value.Uint64()
}
