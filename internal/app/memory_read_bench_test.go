package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"followgraph/graph"
	"followgraph/internal/changes"
	"followgraph/internal/commit"
	"followgraph/internal/executor"
	"followgraph/internal/globalid"
	"followgraph/internal/httpserver"
	"followgraph/internal/observe"
	"followgraph/internal/observe/auditlog"
	"followgraph/internal/observe/metrics"
	"followgraph/internal/observe/slowlog"
	"followgraph/internal/page"
	"followgraph/internal/resident"
	"followgraph/internal/social"
	"followgraph/internal/timestamp"
)

const (
	memoryUsers   = 100_000
	memoryFollows = 20 // of each user
	targets       = 2000
)

func memoryID(user int) string { return fmt.Sprintf("5f0c3a52-3b7e-4a9b-9c56-%012d", user) }

// memoryGraph returns a graph of which half of the follows go to few users. User 0 has the most followers.
var memoryGraph = sync.OnceValue(func() *resident.Graph {
	const start timestamp.Timestamp = 840_000_000_000_000
	builder := resident.NewBuilder()
	random := rand.New(rand.NewPCG(1, 2))
	for i := range memoryUsers {
		at := start + timestamp.Timestamp(i)
		name := fmt.Sprintf("user%07d", i)
		first, last := fmt.Sprint("First", i%1000), fmt.Sprint("Last", i%5000)
		builder.User(&changes.User{
			ID: int64(i + 1), CognitoID: memoryID(i), Username: name, Firstname: &first, Lastname: &last,
			Keys: changes.Keys{Username: name, Name: strings.ToLower(first + " " + last), Words: strings.ToLower(name + " " + first + " " + last)},
			Role: "END_USER", CreatedAt: at, UpdatedAt: at,
		})
		builder.Stats(&changes.Stats{UserID: memoryID(i), UpdatedAt: at})
	}
	seen := map[int]bool{}
	for i := range memoryUsers * memoryFollows {
		follower := i / memoryFollows
		if i%memoryFollows == 0 {
			clear(seen)
		}
		following := random.IntN(memoryUsers)
		if i%2 == 0 {
			x := random.Float64()
			following = int(memoryUsers * x * x * x * x)
		}
		if following == follower || seen[following] {
			continue
		}
		seen[following] = true
		builder.Follow(&changes.FollowRow{
			ID: int64(i), FollowerID: []byte(memoryID(follower)), FollowingID: []byte(memoryID(following)),
			CreatedAt: start + timestamp.Timestamp(random.Int64N(1e14)),
		})
	}
	return builder.Graph(commit.Position{})
})

// BenchmarkReadFromMemory answers the reading shapes of the load test from memory: a whole request each, without its
// connection.
func BenchmarkReadFromMemory(b *testing.B) {
	graphInMemory := memoryGraph()
	service := social.New(struct {
		social.Reader
		social.AccountStore
		social.FollowWriter
	}{Reader: graphInMemory.Version()}, social.Options{AnonymousReads: true})
	documents := executor.NewDocuments()
	log := slog.New(httpserver.LogHandler{Handler: slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn})})
	handler := httpserver.Handler(httpserver.Options{
		Schema:           graph.NewCompiledSchema(graph.Config{Resolvers: graph.NewResolver(service)}, documents),
		Documents:        documents,
		Service:          service,
		Log:              log,
		Observer:         observe.All(metrics.New(), auditlog.New(log), slowlog.New(time.Second, log)),
		OperationTimeout: 10 * time.Second,
	})
	const person = "cognitoId username firstname lastname stats { followersCount followingsCount }"
	random := rand.New(rand.NewPCG(3, 4))
	anyone := func() string { return memoryID(random.IntN(memoryUsers)) }
	for _, shape := range []struct {
		name, document string
		variables      func() map[string]any
	}{
		{"Q1", `query Q1($id: String!) { user(cognitoId: $id) { cognitoId username firstname lastname avatar role stats { followersCount followingsCount } } }`,
			func() map[string]any { return map[string]any{"id": anyone()} }},
		{"Q2", `query Q2($ids: [ID!]!) { nodes(ids: $ids) { ... on User { ` + person + ` followers(first: 10) { nodes { ` + person + ` } } } } }`,
			func() map[string]any {
				ids := make([]string, 20)
				for i := range ids {
					ids[i] = globalid.User(anyone())
				}
				return map[string]any{"ids": ids}
			}},
		{"Q3", `query Q3($id: String!) { user(cognitoId: $id) { ` + person + ` followers(first: 20) { nodes { ` + person + ` followers(first: 10) { nodes { ` +
			person + ` followers(first: 5) { nodes { ` + person + ` } } } } } } } }`,
			func() map[string]any { return map[string]any{"id": anyone()} }},
		{"Q4", `query Q4($id: String!, $cursor: String!) { user(cognitoId: $id) { followers(first: 50, after: $cursor) { nodes { ` + person +
			` } totalCount pageInfo { hasNextPage endCursor } } } }`,
			func() map[string]any {
				at := timestamp.Timestamp(840_000_000_000_000 + random.Int64N(1e14)).UnixMicro()
				return map[string]any{"id": memoryID(0), "cursor": page.Cursor{Kind: page.Followers, At: at}.String()}
			}},
	} {
		b.Run(shape.name, func(b *testing.B) {
			bodies := make([][]byte, targets)
			for i := range bodies {
				bodies[i], _ = json.Marshal(map[string]any{"query": shape.document, "operationName": shape.name, "variables": shape.variables()})
			}
			answer := &bytesRecorder{header: http.Header{}}
			b.ReportAllocs()
			sent := 0
			began := processorTime()
			request := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", nil)
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Accept", "application/json")
			for i := 0; b.Loop(); i++ {
				body := bodies[i%len(bodies)]
				request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				answer.reset()
				handler.ServeHTTP(answer, request)
				if answer.status != http.StatusOK || bytes.HasPrefix(answer.body, []byte(`{"errors"`)) {
					b.Fatal(string(answer.body))
				}
				sent += len(answer.body)
			}
			b.ReportMetric(float64(processorTime()-began)/float64(b.N), "CPU-ns/op")
			b.ReportMetric(float64(sent)/float64(b.N), "B/answer")
		})
	}
}

// processorTime returns the processor time of the process, which varies less on a busy machine than the time that passes.
func processorTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// bytesRecorder keeps an answer, in memory that it uses again.
type bytesRecorder struct {
	header http.Header
	status int
	body   []byte
}

func (r *bytesRecorder) reset()               { clear(r.header); r.status, r.body = 0, r.body[:0] }
func (r *bytesRecorder) Header() http.Header  { return r.header }
func (r *bytesRecorder) WriteHeader(code int) { r.status = code }
func (r *bytesRecorder) Write(p []byte) (int, error) {
	r.body = append(r.body, p...)
	return len(p), nil
}
