package mirror

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/store"
	"followgraph/internal/testcluster"
)

// BenchmarkReplicaRead reads one level and three levels of pages, from the primary and from a standby in turns, so that
// both have the same conditions. The difference is the cost of the two questions for the position.
func BenchmarkReplicaRead(b *testing.B) {
	c := testcluster.New(b)
	c.Admin(b, 0, `INSERT INTO users (cognito_id, username, phone_number, password_hash)
			SELECT 'n' || n, 'n' || n, '+999' || n, '!' FROM generate_series(0, 999) n`,
		`INSERT INTO user_follows (follower_id, following_id)
			SELECT 'n' || a, 'n' || (a * 7 + d) % 1000 FROM generate_series(0, 999) a, generate_series(1, 20) d WHERE (a * 7 + d) % 1000 <> a`,
		"ANALYZE")
	c.AddStandby(b)
	primary, err := store.Open(b.Context(), c.URL(0), store.Options{MaxConns: 2})
	require.NoError(b, err)
	defer primary.Close()
	standby, err := store.OpenReplica(b.Context(), c.URL(1), store.Options{MaxConns: 2})
	require.NoError(b, err)
	defer standby.Close()
	state, err := standby.State(b.Context())
	require.NoError(b, err)
	read := standby.Read(state.Server, state.At.LSN, func(uint64, uint64) {})
	levels := func(ctx context.Context, from reader, levels int) {
		keys := []model.ConnectionKey{{Kind: page.Followers, User: "n1"}}
		for range levels {
			for i := range keys {
				keys[i].Page.Limit = 10
			}
			pages, err := from.Pages(ctx, keys)
			require.NoError(b, err)
			keys = nil
			for _, edges := range pages {
				for _, edge := range edges {
					keys = append(keys, model.ConnectionKey{Kind: page.Followers, User: edge.UserID})
				}
			}
			keys = keys[:min(len(keys), 50)]
		}
	}
	for _, n := range []int{1, 3} {
		for name, from := range map[string]reader{"primary": primary, "standby": read} {
			b.Run(fmt.Sprintf("levels=%d/%s", n, name), func(b *testing.B) {
				for b.Loop() {
					levels(b.Context(), from, n)
				}
			})
		}
	}
}
