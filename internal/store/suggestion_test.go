package store

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/testdb"
)

// suggestions returns the expected suggestions for a user.
func (g *fixtureGraph) suggestions(id string) []model.SuggestionRank {
	mine := g.following(id)
	counts := map[string]int{}
	for _, user := range mine {
		for _, candidate := range g.following(user) {
			_, hasAccount := g.names[candidate]
			if hasAccount && candidate != id && !slices.Contains(mine, candidate) {
				counts[candidate]++
			}
		}
	}
	var ranks []model.SuggestionRank
	for candidate, count := range counts {
		ranks = append(ranks, model.SuggestionRank{UserID: candidate, FollowedByCount: count})
	}
	slices.SortFunc(ranks, func(a, b model.SuggestionRank) int {
		return cmp.Or(cmp.Compare(b.FollowedByCount, a.FollowedByCount), cmp.Compare(a.UserID, b.UserID))
	})
	return ranks
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	s := open(t)
	w := newFixtureGraph(t, s)
	some := 0
	for _, id := range slices.Concat(w.ids, []string{"unknown"}) {
		want := w.suggestions(id)
		some += len(want)
		for _, limit := range []int{1, 3, 100} {
			ranks, err := s.Suggestions(t.Context(), id, limit)
			require.NoError(t, err)
			require.Equal(t, append([]model.SuggestionRank{}, want[:min(limit, len(want))]...), ranks, id)
		}
	}
	require.Greater(t, some, 100, "the town has suggestions to compare")
}

// dense creates 400 users who each follow 200 others: suggestions read as many follows as they ever do.
const dense = `
INSERT INTO users (cognito_id, username, phone_number, password_hash)
	SELECT 'u' || n, 'u' || n, '+999' || n, '!' FROM generate_series(0, 399) n;
INSERT INTO user_follows (follower_id, following_id, created_at)
	SELECT 'u' || a, 'u' || (a + step * step) % 400, timestamptz '2025-01-01' + step * interval '1 second'
	FROM generate_series(0, 399) a, generate_series(1, 399) step WHERE (step * step) % 400 <> 0
	ON CONFLICT DO NOTHING;
INSERT INTO user_follows (follower_id, following_id, created_at)
	SELECT 'u' || a, 'u' || (a + step) % 400, timestamptz '2025-02-01' + step * interval '1 second'
	FROM generate_series(0, 399) a, generate_series(1, 180) step
	ON CONFLICT DO NOTHING`

// TestSuggestionsReach counts the follows that suggestions read in a dense graph: exactly the limit.
func TestSuggestionsReach(t *testing.T) {
	t.Parallel()
	conn := connect(t, testdb.New(t))
	for _, sql := range []string{dense, "VACUUM ANALYZE", sessionSQL} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	plan := explain(t, conn, "ANALYZE,", hotStatement{sql: suggestionsSQL, args: []any{"u7", int32(10), int32(suggestionFanOut)}})
	require.EqualValues(t, 10, plan.Rows)
	looked, probed := 0.0, 0.0
	for _, node := range plan.all() {
		switch node.Index {
		case "idx_follower_id":
			looked += node.Rows * node.Loops
		case "idx_follower_following":
			probed += node.Loops
		}
	}
	require.EqualValues(t, suggestionFanOut+suggestionFanOut*suggestionFanOut, looked)
	require.LessOrEqual(t, probed, 300.0)
}

// BenchmarkSuggestions reads 10,000 follows per iteration.
func BenchmarkSuggestions(b *testing.B) {
	s := openFilled(b, dense)
	for b.Loop() {
		if _, err := s.Suggestions(b.Context(), "u7", 10); err != nil {
			b.Fatal(err)
		}
	}
}
