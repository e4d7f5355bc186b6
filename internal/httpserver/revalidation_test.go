package httpserver

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
	"followgraph/internal/model"
	"followgraph/internal/persisted"
)

// later is a commit after present.
const later = "7312345678901234567.1.00000000016B5000"

// revalidating is a server with the documents name and role, and with its snapshots.
func revalidating(t *testing.T, change func(*Options)) (http.Handler, *fakeSnapshots) {
	t.Helper()
	snapshots := &fakeSnapshots{commit: present}
	return newSnapshotHandler(snapshots, func(options *Options) {
		trust(t, map[string]string{
			"name": nameQuery, "role": roleQuery, "broken": `{ user(cognitoId: "8c0e4a1e") { username } node(id: "bad") { id } }`,
			"budget": `{ user(cognitoId: "8c0e4a1e") { username } rateLimit { used } }`,
		})(options)
		if change != nil {
			change(options)
		}
	}), snapshots
}

var nameOfAda = map[string]any{"documentId": "name", "variables": ada}

// TestKnownAnswersAreNotExecutedAgain: the client has the answer, and the graph has not changed since.
func TestKnownAnswersAreNotExecutedAgain(t *testing.T) {
	t.Parallel()
	observer := &recordingObserver{}
	handler, snapshots := revalidating(t, func(options *Options) {
		options.Observer = observer
		options.Budgets = limit.NewBudgets(limit.BudgetLimits{User: 1000, Address: 100}, time.Now)
	})
	first := get(t, handler, nameOfAda)
	requireData(t, nameData, first)
	tag := first.Header().Get("ETag")
	require.Equal(t, 1, snapshots.reads)

	for i, known := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		again := get(t, handler, nameOfAda, "If-None-Match", known)
		require.Equal(t, http.StatusNotModified, again.Code)
		require.Empty(t, again.Body.Bytes())
		require.Equal(t, 1, snapshots.reads, "it did not run")
		for _, name := range []string{"ETag", "Cache-Control", "Vary", "Followgraph-Position", "X-Content-Type-Options"} {
			require.Equal(t, first.Header().Values(name), again.Header().Values(name), name)
		}
		require.Empty(t, again.Header().Get("Content-Type"))
		require.NotEqual(t, first.Header().Get("X-RateLimit-Used"), again.Header().Get("X-RateLimit-Used"), "it is charged")
		require.Len(t, observer.operations, i+2)
		last := observer.operations[i+1]
		require.True(t, last.Ran && last.Trusted && last.Name == "Name" && last.Type == "query" && last.Cost > 0 && last.Code == "", "%+v", last)
	}
	require.Equal(t, http.StatusOK, get(t, handler, nameOfAda, "If-None-Match", `"other"`).Code)
	require.Equal(t, 2, snapshots.reads)

	snapshots.commit = later
	again := get(t, handler, nameOfAda, "If-None-Match", tag)
	require.Equal(t, http.StatusNotModified, again.Code, "the new version has the same answer")
	require.Equal(t, later, again.Header().Get("Followgraph-Position"))
	require.Equal(t, 3, snapshots.reads, "which takes an execution to know")
	require.Equal(t, http.StatusNotModified, get(t, handler, nameOfAda, "If-None-Match", tag).Code)
	require.Equal(t, 3, snapshots.reads)
}

func TestChangedAnswersAreExecuted(t *testing.T) {
	t.Parallel()
	snapshots := &fakeSnapshots{commit: present}
	store := &pinningPerson{person{User: model.User{CognitoID: "8c0e4a1e", Username: "ada"}}, snapshots}
	handler := newStoreHandler(store, snapshots, trust(t, map[string]string{"name": nameQuery}))
	tag := get(t, handler, nameOfAda).Header().Get("ETag")
	store.Username, snapshots.commit = "grace", later
	answer := get(t, handler, nameOfAda, "If-None-Match", tag)
	requireData(t, `{"user": {"username": "grace"}}`, answer)
	require.NotEqual(t, tag, answer.Header().Get("ETag"))
}

// TestOtherOperationsAreExecuted: a tag of one operation is not one of another document, of other variables or of
// another caller, even if the bodies are equal.
func TestOtherOperationsAreExecuted(t *testing.T) {
	t.Parallel()
	handler, snapshots := revalidating(t, nil)
	tag := get(t, handler, nameOfAda).Header().Get("ETag")
	for name, ask := range map[string]func() got{
		"variables": func() got {
			return get(t, handler, map[string]any{"documentId": "name", "variables": map[string]any{"id": "1"}}, "If-None-Match", tag)
		},
		"document": func() got {
			return get(t, handler, map[string]any{"documentId": "role", "variables": ada}, "If-None-Match", tag)
		},
		"caller": func() got {
			return get(t, handler, nameOfAda, "If-None-Match", tag, "Authorization", "Bearer "+memberToken)
		},
		"operator": func() got {
			return get(t, handler, nameOfAda, "If-None-Match", tag, "Authorization", "Bearer "+operatorToken)
		},
		"a POST": func() got { return post(t, handler, nameOfAda, "If-None-Match", tag) },
		"a text": func() got {
			return get(t, handler, map[string]any{"query": nameQuery, "variables": ada}, "If-None-Match", tag)
		},
		"another URL": func() got {
			return get(t, handler, map[string]any{"documentId": "name", "variables": ada, "more": "1"}, "If-None-Match", tag)
		},
	} {
		before := snapshots.reads
		_ = ask()
		require.Equal(t, before+1, snapshots.reads, name)
	}
}

// TestWhatMemoryDoesNotAnswerIsExecuted covers answers that may change without a commit of the graph.
func TestWhatMemoryDoesNotAnswerIsExecuted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change   func(*fakeSnapshots)
		document string
	}{
		"SQL answers":            {func(s *fakeSnapshots) { s.sql = true }, "name"},
		"a statement is needed":  {func(s *fakeSnapshots) { s.mixed = true }, "name"},
		"the answer has errors":  {func(*fakeSnapshots) {}, "broken"},
		"the budget is selected": {func(*fakeSnapshots) {}, "budget"},
	} {
		handler, snapshots := revalidating(t, nil)
		test.change(snapshots)
		request := map[string]any{"documentId": test.document, "variables": ada}
		tag := get(t, handler, request).Header().Get("ETag")
		for range 2 {
			before := snapshots.reads
			get(t, handler, request, "If-None-Match", tag, "If-None-Match", "*")
			require.Equal(t, before+1, snapshots.reads, name)
		}
	}
}

// TestKnownAnswersAreStillChecked: a client that has the answer is refused like any other.
func TestKnownAnswersAreStillChecked(t *testing.T) {
	t.Parallel()
	handler, snapshots := revalidating(t, func(options *Options) {
		options.Budgets = limit.NewBudgets(limit.BudgetLimits{User: 1000, Address: 3}, time.Now)
	})
	tag := get(t, handler, nameOfAda).Header().Get("ETag")
	refused := get(t, handler, nameOfAda, "If-None-Match", tag, "Authorization", "Bearer wrong")
	requireRefused(t, http.StatusUnauthorized, apperr.Unauthenticated, refused)
	malformed := get(t, handler, nameOfAda, "If-None-Match", tag, "Followgraph-Position", "1")
	requireRefused(t, http.StatusBadRequest, apperr.BadRequest, malformed)
	for range 2 {
		require.Equal(t, http.StatusNotModified, get(t, handler, nameOfAda, "If-None-Match", tag).Code)
	}
	requireRefused(t, http.StatusTooManyRequests, apperr.RateLimited, get(t, handler, nameOfAda, "If-None-Match", tag))
	require.Equal(t, 1, snapshots.reads)
}

// TestKnownAnswersInEachCoding: the tags of the codings of one body are different.
func TestKnownAnswersInEachCoding(t *testing.T) {
	t.Parallel()
	snapshots := &fakeSnapshots{commit: present}
	store := &pinningPerson{person{User: model.User{CognitoID: "8c0e4a1e", Username: strings.Repeat("a", 2*minCompressed)}}, snapshots}
	handler := newStoreHandler(store, snapshots, trust(t, map[string]string{"name": nameQuery}))
	tags := map[string]string{}
	for _, accept := range []string{"gzip", "zstd", ""} {
		tags[accept] = get(t, handler, nameOfAda, "Accept-Encoding", accept).Header().Get("ETag")
	}
	require.True(t, strings.HasSuffix(tags["gzip"], `-gzip"`) && strings.HasSuffix(tags["zstd"], `-zstd"`), "%v", tags)
	for accept, tag := range tags {
		before := snapshots.reads
		known := get(t, handler, nameOfAda, "Accept-Encoding", accept, "If-None-Match", tag)
		require.Equal(t, http.StatusNotModified, known.Code)
		require.Equal(t, tag, known.Header().Get("ETag"))
		require.Equal(t, before, snapshots.reads)
		other := get(t, handler, nameOfAda, "Accept-Encoding", accept, "If-None-Match", `"x"`)
		require.Equal(t, http.StatusOK, other.Code)
	}
	require.Equal(t, http.StatusOK, get(t, handler, nameOfAda, "Accept-Encoding", "gzip", "If-None-Match", tags["zstd"]).Code)
}

// TestAutomaticQueriesAreRevalidated: a document that a client registered has tags like a trusted one.
func TestAutomaticQueriesAreRevalidated(t *testing.T) {
	t.Parallel()
	handler, snapshots := revalidating(t, nil)
	text := nameQuery + " # automatic"
	registering := get(t, handler, map[string]any{"query": text, "extensions": automatic(persisted.Hash(text)), "variables": ada})
	requireData(t, nameData, registering)
	byHash := map[string]any{"extensions": automatic(persisted.Hash(text)), "variables": ada}
	tag := get(t, handler, byHash).Header().Get("ETag")
	reads := snapshots.reads
	require.Equal(t, http.StatusNotModified, get(t, handler, byHash, "If-None-Match", tag).Code)
	require.Equal(t, reads, snapshots.reads)
}
