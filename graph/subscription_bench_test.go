package graph_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/graph"
	compiled "followgraph/internal/executor"
	"followgraph/internal/live"
	"followgraph/internal/model"
	"followgraph/internal/resident"
	"followgraph/internal/social"
)

// instantStore has every user, without counting anything.
type instantStore struct{ social.Store }

func (instantStore) Users(_ context.Context, keys []model.UserKey) ([]*model.User, error) {
	users := make([]*model.User, len(keys))
	for i, key := range keys {
		users[i] = &model.User{CognitoID: key.CognitoID, Username: key.CognitoID, Stats: &model.Stats{FollowersCount: 1}}
	}
	return users, nil
}

// BenchmarkEvent executes the usual event of a count, for one subscriber and for each of 1,000 that ask the same.
func BenchmarkEvent(b *testing.B) {
	for name, streams := range map[string]int{"alone": 1, "of 1000": 1000} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			hub := live.New(live.Options{MaxBytes: 1 << 20})
			service := social.New(instantStore{}, social.Options{AnonymousReads: true})
			documents := compiled.NewDocuments()
			a := &hubAPI{hub: hub, api: newAPIWith(graph.Options{
				Schema:  graph.NewCompiledSchema(graph.Config{Resolvers: graph.NewResolver(service)}, documents),
				Service: service, Documents: documents, Live: &graph.Live{
					Hub: hub, At: func(ctx context.Context, _ *resident.Version) context.Context { return ctx },
				},
			})}
			a.commit()
			op, errs := a.server.Prepare(graphql.StartOperationTrace(b.Context()), &graphql.RawParams{
				Query: `subscription { statsChanged(userIds: "` + idOf("id-ada") + `") { users { id stats { followersCount followingsCount } } } }`,
			})
			require.Empty(b, errs)
			all := make([]*graph.Stream, streams)
			for i := range all {
				var err error
				all[i], err = a.server.Subscribe(b.Context(), op, "", func() {})
				require.NoError(b, err)
			}
			n := 0
			for b.Loop() {
				if n%streams == 0 {
					a.commit(change("id-grace", "id-ada", true))
				}
				payload, err := all[n%streams].Next(b.Context())
				if err != nil || payload == nil {
					b.Fatal(payload, err)
				}
				n++
			}
		})
	}
}

// BenchmarkIdleSubscription reports the memory that a subscription to which nothing happens keeps, besides its
// connection. Each asks for another user.
func BenchmarkIdleSubscription(b *testing.B) {
	hub := live.New(live.Options{MaxBytes: 1 << 20})
	service := social.New(instantStore{}, social.Options{AnonymousReads: true})
	documents := compiled.NewDocuments()
	a := &hubAPI{hub: hub, api: newAPIWith(graph.Options{
		Schema:  graph.NewCompiledSchema(graph.Config{Resolvers: graph.NewResolver(service)}, documents),
		Service: service, Documents: documents, Live: &graph.Live{Hub: hub},
	})}
	a.commit()
	const streams = 10_000
	for b.Loop() {
		before := heap()
		all := make([]*graph.Stream, streams)
		for i := range all {
			op, errs := a.server.Prepare(graphql.StartOperationTrace(b.Context()), &graphql.RawParams{
				Query:     strings.Clone(`subscription ($id: [ID!]!) { statsChanged(userIds: $id) { users { id stats { followersCount followingsCount } } } }`),
				Variables: map[string]any{"id": idOf(fmt.Sprint("id-", i))},
			})
			require.Empty(b, errs)
			var err error
			all[i], err = a.server.Subscribe(b.Context(), op, "", func() {})
			require.NoError(b, err)
		}
		b.ReportMetric(float64(heap()-before)/streams, "B/stream")
		for _, stream := range all {
			stream.Close()
		}
	}
}

// heap returns the bytes of the heap that are in use.
func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
