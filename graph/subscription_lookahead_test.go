package graph_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/graph"
	"followgraph/internal/observe"
)

// overdue counts the waves of lookups that waited for the safety timer.
type overdue struct {
	observe.Nothing
	waves atomic.Int64
}

func (o *overdue) Overdue(context.Context, int) { o.waves.Add(1) }

// TestLookaheadCoversEvents selects every plain field of a user, and everything that needs a look-ahead or a lookup, in
// every place of an event that has users. The values equal those of a store that reads all columns, both executors write
// the same bytes, and no lookup waits for the timer.
func TestLookaheadCoversEvents(t *testing.T) {
	t.Parallel()
	opened, schema := openWith(t, withCallers), graph.NewExecutableSchema(graph.Config{}).Schema()
	selections := []string{
		`{ stats { followersCount } followers(first: 1) { totalCount } following(first: 1) { totalCount } }`,
		`{ followers(first: 2) { nodes { username followers(first: 2) { nodes { role stats { followersCount } } } } } isViewer viewerIsFollowing email }`,
	}
	for _, field := range schema.Types["User"].Fields {
		if len(field.Arguments) == 0 {
			selections = append(selections, "{ "+field.Name+plainFields(schema.Types[field.Type.Name()])+" }")
		}
	}
	var ofOther sync.Map // the answers of the executor that came first, by query
	withExecutors(t, func(t *testing.T, newSchema newSchema) {
		observer := &overdue{}
		watched := func(opts *graph.Options) { opts.Observer = observer }
		usual, full := newHubAPIOn(t, opened, newSchema, watched), newHubAPIOn(t, fullStore{opened}, newSchema, watched)
		events := 0
		for _, field := range schema.Subscription.Fields {
			for _, way := range waysToUsers(schema, schema.Types[field.Type.Name()], 3) {
				for _, user := range selections {
					argument := map[string]string{
						"statsChanged": `(userIds: ["%s", "%s"])`, "relationsChanged": `(userIds: ["%s", "%s"])`, "followersChanged": `(userId: "%s")`,
					}[field.Name]
					ids := []any{idOf("id-ada"), idOf("id-grace")}[:strings.Count(argument, "%s")]
					query := "subscription { " + field.Name + fmt.Sprintf(argument, ids...) + " { " + fmt.Sprintf(way, user) + " " +
						strings.Replace(fmt.Sprintf("again: "+way, "{ id }"), "again: ...", "...", 1) + " } }"
					var answers []string
					for _, a := range []*hubAPI{usual, full} {
						l := a.listen(t, as(t, "id-ada"), query, nil)
						a.commit(change("id-grace", "id-ada", true), change("ghost", "id-ada", true), change("id-grace", "id-ada", false))
						answers = append(answers, l.wait(t))
						l.Close()
					}
					require.JSONEq(t, answers[1], answers[0], query)
					if other, ok := ofOther.LoadOrStore(query, answers[0]); ok {
						require.Equal(t, other, answers[0], query)
					}
					require.Contains(t, answers[0], `"id":"`, query)
					events++
				}
			}
		}
		require.GreaterOrEqual(t, events, 6*len(selections))
		require.Zero(t, observer.waves.Load())
	})
}

// waysToUsers returns the selections of an object that lead to users over a number of fields, with %s for their selection.
func waysToUsers(schema *ast.Schema, object *ast.Definition, depth int) (ways []string) {
	for _, field := range object.Fields {
		returned := schema.Types[field.Type.Name()]
		switch {
		case returned.Name == "User":
			ways = append(ways, field.Name+" %s")
		case returned.Kind == ast.Object && depth > 1:
			for _, way := range waysToUsers(schema, returned, depth-1) {
				ways = append(ways, field.Name+" { "+way+" }")
			}
		}
	}
	return ways
}
