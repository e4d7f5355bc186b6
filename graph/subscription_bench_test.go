package graph_test

import (
	"context"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/graph"
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
			a := &hubAPI{hub: hub, api: newAPIWith(graph.Options{
				Schema: executors["compiled"](service), Service: service, Live: &graph.Live{
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
