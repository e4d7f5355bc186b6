package executor

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// newOperation adds a document and returns its operation.
func newOperation(t *testing.T, d *Documents, text string) *graphql.OperationContext {
	t.Helper()
	op := &graphql.OperationContext{RawQuery: text, Doc: &ast.QueryDocument{}, Operation: &ast.OperationDefinition{}}
	d.Add(t.Context(), text, op.Doc)
	return op
}

func TestNumberOfDocumentsIsLimited(t *testing.T) {
	t.Parallel()
	d := NewDocuments()
	has := func(text string) bool {
		_, ok := d.Get(t.Context(), text)
		return ok
	}
	for i := range maxDocuments {
		newOperation(t, d, fmt.Sprint(i))
	}
	require.True(t, has("0"), "the lookup makes it the most recently used")
	newOperation(t, d, "one more")
	require.True(t, has("0"))
	require.False(t, has("1"))
	require.True(t, has("one more"))
}

func TestLongDocumentsAreNotCached(t *testing.T) {
	t.Parallel()
	d := NewDocuments()
	for length, isCached := range map[int]bool{maxDocumentBytes: true, maxDocumentBytes + 1: false} {
		text := strings.Repeat(" ", length)
		newOperation(t, d, text)
		_, ok := d.Get(t.Context(), text)
		require.Equal(t, isCached, ok, "%d bytes", length)
	}
}

func TestPlansAreCached(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		plan     *plan
		isCached bool
	}{
		"a plan":              {&plan{selections: maxCachedSelections}, true},
		"run by gqlgen":       {nil, true},
		"a plan that is long": {&plan{selections: maxCachedSelections + 1}, false},
		"an empty list stays": {&plan{}, true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := NewDocuments()
			op := newOperation(t, d, "{}")
			compiled := 0
			compile := func() *plan {
				compiled++
				return test.plan
			}
			for range 2 {
				require.Same(t, test.plan, d.plan(op, compile))
			}
			require.Equal(t, map[bool]int{true: 1, false: 2}[test.isCached], compiled)
		})
	}
}

func TestPlansBelongToTheirOperations(t *testing.T) {
	t.Parallel()
	d := NewDocuments()
	first := newOperation(t, d, "{}")
	second := &graphql.OperationContext{RawQuery: first.RawQuery, Doc: first.Doc, Operation: &ast.OperationDefinition{}}
	plans := []*plan{{selections: 1}, {selections: 2}, {selections: 3}}
	for range 2 {
		require.Same(t, plans[0], d.plan(first, func() *plan { return plans[0] }))
		require.Same(t, plans[1], d.plan(second, func() *plan { return plans[1] }))
	}
	newOperation(t, d, "{}") // added by a concurrent request
	for _, each := range plans[1:] {
		require.Same(t, each, d.plan(first, func() *plan { return each }), "its document is not cached")
	}
	unknown := &graphql.OperationContext{RawQuery: "{ unknown }", Doc: &ast.QueryDocument{}, Operation: first.Operation}
	require.Same(t, plans[1], d.plan(unknown, func() *plan { return plans[1] }))
}

func TestPlansAreCompiledOnce(t *testing.T) {
	t.Parallel()
	d := NewDocuments()
	op := newOperation(t, d, "{}")
	compiled := 0 // guarded by the entry's lock
	var asking sync.WaitGroup
	for range 50 {
		asking.Go(func() {
			d.plan(op, func() *plan {
				compiled++
				return &plan{}
			})
		})
	}
	asking.Wait()
	require.Equal(t, 1, compiled)
}

// TestPinnedDocumentsAreNotEvicted fills the cache. Pinned documents are not evicted. They have plans of any length,
// and keep their plans when they are pinned again.
func TestPinnedDocumentsAreNotEvicted(t *testing.T) {
	t.Parallel()
	d := NewDocuments()
	one, two := &ast.QueryDocument{}, &ast.QueryDocument{}
	d.Pin(map[string]*ast.QueryDocument{"one": one, "two": two})
	for i := range maxDocuments + 1 {
		newOperation(t, d, fmt.Sprint(i))
	}
	cached, ok := d.Get(t.Context(), "one")
	require.True(t, ok)
	require.Same(t, one, cached)

	op := &graphql.OperationContext{RawQuery: "one", Doc: one, Operation: &ast.OperationDefinition{}}
	long := &plan{selections: maxCachedSelections + 1}
	require.Same(t, long, d.plan(op, func() *plan { return long }))
	again := func() *plan { t.Fatal("compiled again"); return nil }
	require.Same(t, long, d.plan(op, again))

	d.Pin(map[string]*ast.QueryDocument{"one": one})
	require.Same(t, long, d.plan(op, again), "the same document keeps its plan")
	_, ok = d.Get(t.Context(), "two")
	require.False(t, ok)

	other := &ast.QueryDocument{}
	d.Pin(map[string]*ast.QueryDocument{"one": other})
	cached, _ = d.Get(t.Context(), "one")
	require.Same(t, other, cached)
	require.Nil(t, d.plan(op, func() *plan { return nil }), "a plan belongs to one parsed document")
}

// TestCacheBytesAreLimited fills the cache with documents that take much memory, and then with their plans.
func TestCacheBytesAreLimited(t *testing.T) {
	t.Parallel()
	d := NewDocuments()
	text := "{ " + strings.Repeat("id ", maxDocumentBytes/3-10) + "}"
	var last *graphql.OperationContext
	for i := range 200 {
		parsed, err := parser.ParseQuery(&ast.Source{Input: text + strings.Repeat(" ", i%20) + fmt.Sprint("#", i%10)})
		require.NoError(t, err)
		last = &graphql.OperationContext{RawQuery: fmt.Sprint(text, i), Doc: parsed, Operation: parsed.Operations[0]}
		d.Add(t.Context(), last.RawQuery, parsed)
	}
	inUse := func() (bytes int) {
		for _, each := range d.cache.byUse.Values() {
			bytes += each.bytes
		}
		return bytes
	}
	require.Equal(t, d.cache.bytes, inUse())
	require.LessOrEqual(t, d.cache.bytes, maxCacheBytes)
	require.Greater(t, d.cache.bytes, maxCacheBytes/2)
	require.Less(t, d.cache.byUse.Len(), 100)

	for range 100 { // as many operations of one document
		last.Operation = &ast.OperationDefinition{}
		d.plan(last, func() *plan { return &plan{selections: maxCachedSelections} })
	}
	cached, ok := d.cache.get(last.RawQuery)
	require.True(t, ok)
	require.LessOrEqual(t, cached.bytes, maxEntryBytes)
	require.Less(t, len(cached.plans), 10)
	require.Equal(t, d.cache.bytes, inUse())
	require.LessOrEqual(t, d.cache.bytes, maxCacheBytes)

	d.Add(t.Context(), last.RawQuery, last.Doc)
	require.Equal(t, d.cache.bytes, inUse(), "adding again replaces it")
}

func TestNodes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`{ a }`:         2,
		`{ a { b c } }`: 4,
		`query ($x: Int) { a(x: $x, y: [1, 2]) { b @skip(if: true) } }`:      1 + 1 + 1 + 2 + 1 + 3 + 1 + 1 + 1 + 1,
		`{ ...f @include(if: true) ... { a } } fragment f on Query @d { a }`: 1 + 2 + 3 + 1 + 1 + 1 + 1,
	} {
		parsed, err := parser.ParseQuery(&ast.Source{Input: text})
		require.NoError(t, err)
		require.Equal(t, want, nodes(parsed), text)
	}
}
