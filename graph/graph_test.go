package graph_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"followgraph/graph"
	compiled "followgraph/internal/executor"
	"followgraph/internal/observe/meter"
	"followgraph/internal/social"
	"followgraph/internal/store"
	"followgraph/internal/testdb"
)

var update = flag.Bool("update", false, "write the results of the queries in testdata")

// TestMain makes the garbage collector run less often: it took a third of the time of the tests of lookups, which
// allocate much and keep little.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	testdb.Main(m)
}

// api runs operations as the server does, without HTTP.
type api struct{ server *graph.Server }

// executors make a schema for each executor. Tests of responses use both.
var executors = map[string]newSchema{
	"compiled": func(service *social.Service) graphql.ExecutableSchema {
		return graph.NewCompiledSchema(graph.Config{Resolvers: graph.NewResolver(service)}, compiled.NewDocuments())
	},
	"gqlgen": func(service *social.Service) graphql.ExecutableSchema {
		return graph.NewExecutableSchema(graph.Config{Resolvers: graph.NewResolver(service)})
	},
}

type newSchema func(*social.Service) graphql.ExecutableSchema

// withExecutors runs a test with each executor.
func withExecutors(t *testing.T, test func(t *testing.T, schema newSchema)) {
	t.Helper()
	for name, schema := range executors {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, schema)
		})
	}
}

func newAPI(t *testing.T, s social.Store, schema newSchema) *api {
	t.Helper()
	return newAPIOf(t, newService(t, s, social.Options{AnonymousReads: true}), schema)
}

func newAPIOf(t *testing.T, service *social.Service, schema newSchema) *api {
	t.Helper()
	return newAPIWith(graph.Options{Schema: schema(service), Service: service})
}

// newAPIWith returns an api with options. It has the same limits in every test.
func newAPIWith(opts graph.Options) *api {
	opts.Introspection, opts.MaxResponseBytes = true, 1<<20
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &api{graph.NewServer(opts)}
}

// run runs an operation and returns its response and its number of statements.
func (a *api) run(ctx context.Context, query string, variables map[string]any) (*graphql.Response, int) {
	ctx, statements := meter.With(graphql.StartOperationTrace(ctx))
	op, errs := a.server.Prepare(ctx, &graphql.RawParams{Query: query, Variables: variables})
	if errs != nil {
		return a.server.Refuse(ctx, op, errs), statements.Statements()
	}
	return a.server.Run(ctx, op), statements.Statements()
}

func open(t *testing.T) *store.Store {
	t.Helper()
	return openWith(t, "SELECT")
}

// openWith opens a store on the test graph with more rows.
func openWith(t *testing.T, more string) *store.Store {
	t.Helper()
	url := testdb.New(t)
	fill(t, url, more)
	s, err := store.Open(t.Context(), url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

var wantStatements = regexp.MustCompile(`^# statements: (\d+)\n`)

// TestQueries runs each query of testdata on the graph of testdata/graph.sql. It compares the response with the JSON
// file, and the number of statements with the first line of the query.
func TestQueries(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.graphql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	opened := open(t)
	withExecutors(t, func(t *testing.T, schema newSchema) {
		runQueries(t, newAPI(t, opened, schema), files)
	})
}

func runQueries(t *testing.T, a *api, files []string) {
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".graphql"), func(t *testing.T) {
			t.Parallel()
			query, err := os.ReadFile(file)
			require.NoError(t, err)
			response, statements := a.run(t.Context(), string(query), nil)
			slices.SortFunc(response.Errors, func(a, b *gqlerror.Error) int { // their order is random
				return cmp.Compare(a.Path.String(), b.Path.String())
			})
			got, err := json.MarshalIndent(response, "", "  ")
			require.NoError(t, err)
			got = append(got, '\n')
			resultFile := strings.TrimSuffix(file, ".graphql") + ".json"
			if *update {
				require.NoError(t, os.WriteFile(resultFile, got, 0o600))
			}
			want, err := os.ReadFile(resultFile)
			require.NoError(t, err)
			require.Equal(t, string(bytes.TrimSpace(want)), string(bytes.TrimSpace(got)))
			declared := wantStatements.FindSubmatch(query)
			require.NotNil(t, declared, "the first line of %s must be `# statements: N`", file)
			require.Equal(t, string(declared[1]), fmt.Sprint(statements), "statements")
		})
	}
}
