//go:build !race

package app_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"followgraph/graph"
	graphop "followgraph/graph/operation"
	"followgraph/internal/executor"
	"followgraph/internal/testdb"
)

var (
	hostileSearch = flag.Duration("hostile-search", 0, "search for operations that take much for that long")
	hostileSeed   = flag.Uint64("hostile-seed", 1, "what the search begins with")
)

// The number of operations that the search keeps, and the number that a short search tries.
const (
	keptHostile  = 40
	shortHostile = 60
)

// candidate is an operation with its cost and its measurements.
type candidate struct {
	hostileOperation
	cost graphop.Cost
	took weight
}

func (c candidate) String() string {
	thousands := float64(max(1, c.cost.Total())) / 1_000
	return fmt.Sprintf("%.2f of what a request may take (%v; cost %d, %d interpreted fields: %.2f ms and %.2f MiB for each 1,000 of cost)\n%s",
		c.took.share(), c.took, c.cost.Total(), c.cost.Interpreted,
		c.took.processor.Seconds()*1000/thousands, float64(c.took.live)/(1<<20)/thousands, c.text())
}

// TestHostileSearch searches for operations that exceed the limits of a request. It generates operations from the
// schema, mutates those that use most resources, and prints the worst. -hostile-search sets its duration, half of it for
// each way to answer.
func TestHostileSearch(t *testing.T) {
	forBothGraphs(t, testHostileSearch)
}

func testHostileSearch(t *testing.T, mode string) {
	database := testdb.New(t)
	s := start(t, database, append(signInFlags(t), "--rate-limit=0", "--graph", mode)...)
	token, _ := s.register(t, "caller", "+41446681800")
	wideGraph(t, database, *hostileSeed%2 == 0)
	search := hostileSearcher{
		Rand: rand.New(rand.NewPCG(*hostileSeed, 0)), schema: graph.NewCompiledSchema(graph.Config{}, executor.NewDocuments()),
	}
	require.Empty(t, s.discard(t, []byte(operation(`{ viewer { id } }`, nil).body), token))

	var kept []candidate
	seen := map[string]bool{}
	deadline := time.Now().Add(*hostileSearch / 2)
	for len(seen) < shortHostile || time.Now().Before(deadline) {
		next, ok := search.grown(t, search.next(kept))
		if !ok || seen[next.text()] {
			continue
		}
		seen[next.text()] = true
		body := []byte(operation(next.text(), hostileVariables).body)
		next.took = s.weigh(t, body, token)
		if next.took.share() > 0.5 {
			next.took = next.took.least(s.weigh(t, body, token)).least(s.weigh(t, body, token))
		}
		kept = append(kept, next)
		slices.SortStableFunc(kept, func(a, b candidate) int { return cmp.Compare(b.took.share(), a.took.share()) })
		kept = kept[:min(len(kept), keptHostile)]
		if kept[0].text() == next.text() && *hostileSearch > 0 {
			fmt.Fprintf(os.Stderr, "%d: %v\n", len(seen), next)
		}
	}
	require.NotEmpty(t, kept)
	t.Logf("of %d operations: %v", len(seen), kept[0])
	require.Less(t, kept[0].took.processor, generosity*maxHostileTime)
	require.Less(t, kept[0].took.live, uint64(maxHostileMemory))
}

// grown enlarges an operation as far as the limits allow: pages and aliases grow in turn until the operation is
// rejected. ok is false if the original operation is rejected.
func (h *hostileSearcher) grown(t *testing.T, operation hostileOperation) (_ candidate, ok bool) {
	cost, ok := h.cost(t, operation)
	if !ok {
		return candidate{}, false
	}
	for range 2 * h.IntN(20) { // some stay small
		larger := operation.clone()
		all := slices.Concat(flattened(larger.roots), flattened(larger.links))
		if len(all) == 0 {
			break
		}
		p := all[h.IntN(len(all))]
		if p.page > 0 && h.IntN(2) == 0 {
			p.page = min(100, 2*p.page)
		} else {
			p.copies = min(400, 2*p.copies)
		}
		if more, ok := h.cost(t, larger); ok {
			operation, cost = larger, more
		}
	}
	return candidate{hostileOperation: operation, cost: cost}, true
}

// cost returns the cost of an operation. ok is false if it is rejected.
func (h *hostileSearcher) cost(t *testing.T, operation hostileOperation) (_ graphop.Cost, ok bool) {
	if !operation.isShort() {
		return graphop.Cost{}, false
	}
	exec := graphop.NewExecutor(h.schema, false)
	exec.Use(&graphop.CostLimit{})
	ctx := graphql.StartOperationTrace(t.Context())
	op, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: operation.text(), Variables: hostileVariables})
	if errs != nil {
		return graphop.Cost{}, false
	}
	return graphop.CostOf(op), true
}
