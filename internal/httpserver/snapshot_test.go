package httpserver

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/graph"
	"followgraph/internal/apperr"
	"followgraph/internal/commit"
	"followgraph/internal/executor"
	"followgraph/internal/model"
	"followgraph/internal/observe/meter"
	"followgraph/internal/social"
)

const (
	earlier = "7312345678901234567.1.00000000016B3748"
	present = "7312345678901234567.1.00000000016B4000"
)

// fakeSnapshots is a graph in memory at one commit, which is in the state of one test.
type fakeSnapshots struct {
	commit string
	age    time.Duration
	sql    bool // whether SQL answers
	mixed  bool // whether a read executes a statement although memory answers, as private fields do
	begun  []string
	reads  int
}

type fakeSnapshot struct {
	of     *fakeSnapshots
	after  string
	pinned bool
	ended  bool
}

type fakeSnapshotKey struct{}

func (s *fakeSnapshots) Begin(ctx context.Context, after string) (context.Context, Snapshot, error) {
	s.begun = append(s.begun, after)
	if after != "" {
		if _, err := commit.Parse(after); err != nil {
			return nil, nil, err
		}
	}
	snapshot := &fakeSnapshot{of: s, after: after}
	return context.WithValue(ctx, fakeSnapshotKey{}, snapshot), snapshot, nil
}

func (s *fakeSnapshot) Pin(context.Context) (string, bool) {
	s.pinned = true
	if s.of.sql {
		return "", false
	}
	return s.of.commit, true
}

func (s *fakeSnapshot) End(ctx context.Context) (string, time.Duration) {
	if ctx.Value(fakeSnapshotKey{}) != s || s.ended {
		panic("ended twice or with another context")
	}
	s.ended = true
	if !s.pinned {
		return s.after, 0
	}
	return s.of.commit, s.of.age
}

// pinningPerson is a store that reads in the snapshot of its context.
type pinningPerson struct {
	person
	snapshots *fakeSnapshots
}

func (p *pinningPerson) Users(ctx context.Context, keys []model.UserKey) ([]*model.User, error) {
	snapshot := ctx.Value(fakeSnapshotKey{}).(*fakeSnapshot)
	if snapshot.ended {
		panic("read after the end")
	}
	snapshot.Pin(ctx)
	p.snapshots.reads++
	if p.snapshots.mixed {
		meter.From(ctx).Add(time.Millisecond)
	}
	return p.person.Users(ctx, keys)
}

// newSnapshotHandler returns the server of newHandler with snapshots.
func newSnapshotHandler(snapshots *fakeSnapshots, change func(*Options)) http.Handler {
	ada := model.User{CognitoID: "8c0e4a1e", Username: "ada", Role: model.UserRoleOwner, Stats: &model.Stats{}}
	return newStoreHandler(&pinningPerson{person{User: ada}, snapshots}, snapshots, change)
}

// newStoreHandler returns the server of newHandler with another store, and snapshots.
func newStoreHandler(store social.Store, snapshots *fakeSnapshots, change func(*Options)) http.Handler {
	return newHandler(func(options *Options) {
		documents := executor.NewDocuments()
		options.Service = social.New(store, social.Options{AnonymousReads: true})
		options.Schema = graph.NewCompiledSchema(graph.Config{Resolvers: graph.NewResolver(options.Service)}, documents)
		options.Documents = documents
		options.Snapshots = snapshots
		if change != nil {
			change(options)
		}
	})
}

func TestAnswersHaveAPosition(t *testing.T) {
	t.Parallel()
	snapshots := &fakeSnapshots{commit: present}
	handler := newSnapshotHandler(snapshots, nil)
	name := map[string]any{"query": nameQuery, "variables": ada}
	for i, answer := range []got{
		post(t, handler, name),
		get(t, handler, name, "Followgraph-Position", earlier),
		post(t, handler, name, "followgraph-position", ""),
	} {
		requireData(t, nameData, answer)
		require.Equal(t, present, answer.Header().Get("Followgraph-Position"), i)
		require.Empty(t, answer.Header().Values("Age"))
	}
	require.Equal(t, []string{"", earlier, ""}, snapshots.begun)

	head := ask(t, handler, http.MethodHead, "/graphql?query={__typename}", "", "Followgraph-Position", earlier)
	require.Equal(t, earlier, head.Header().Get("Followgraph-Position"), "nothing was read")
	require.Empty(t, post(t, handler, map[string]any{"query": "{ __typename }"}).Header().Values("Followgraph-Position"))
}

func TestAgeIsInSecondsRoundedUp(t *testing.T) {
	t.Parallel()
	for age, header := range map[time.Duration]string{
		0: "", time.Millisecond: "", time.Second - 1: "", time.Second: "1", time.Second + 1: "2", 61*time.Second + 500*time.Millisecond: "62",
	} {
		handler := newSnapshotHandler(&fakeSnapshots{commit: present, age: age}, nil)
		answer := post(t, handler, map[string]any{"query": nameQuery, "variables": ada})
		require.Equal(t, header, answer.Header().Get("Age"), age)
	}
}

// TestRefusalsRepeatThePosition: a client may take the position of every answer, whether the operation ran or not.
func TestRefusalsRepeatThePosition(t *testing.T) {
	t.Parallel()
	snapshots := &fakeSnapshots{commit: present}
	handler := newSnapshotHandler(snapshots, nil)
	query := `{"query": "{ user(cognitoId: \"a\") { id } }"}`
	for name, request := range map[string]struct {
		method, target, body string
		headers              []string
		status               int
	}{
		"media type":        {http.MethodPost, "/graphql", query, []string{"Accept", "text/html"}, http.StatusNotAcceptable},
		"method":            {http.MethodDelete, "/graphql", "", nil, http.StatusMethodNotAllowed},
		"content type":      {http.MethodPost, "/graphql", query, []string{"Content-Type", "text/plain"}, http.StatusUnsupportedMediaType},
		"body":              {http.MethodPost, "/graphql", "{", nil, http.StatusBadRequest},
		"no document":       {http.MethodPost, "/graphql", "{}", nil, http.StatusUnprocessableEntity},
		"token":             {http.MethodPost, "/graphql", query, []string{"Authorization", "Bearer wrong"}, http.StatusUnauthorized},
		"unknown name":      {http.MethodGet, "/graphql?documentId=gone", "", nil, http.StatusNotFound},
		"syntax":            {http.MethodGet, "/graphql?query={", "", nil, http.StatusBadRequest},
		"validation":        {http.MethodGet, "/graphql?query={gone}", "", nil, http.StatusUnprocessableEntity},
		"mutation by GET":   {http.MethodGet, "/graphql?query=mutation{__typename}", "", nil, http.StatusMethodNotAllowed},
		"token, rate limit": {http.MethodPost, "/graphql", query, []string{"Authorization", "Bearer often"}, http.StatusTooManyRequests},
	} {
		answer := ask(t, handler, request.method, request.target, request.body, append(request.headers, "Followgraph-Position", earlier)...)
		require.Equal(t, request.status, answer.Code, name)
		require.Equal(t, earlier, answer.Header().Get("Followgraph-Position"), name)
	}
	require.Zero(t, snapshots.reads)
}

func TestMalformedPositionsAreRefused(t *testing.T) {
	t.Parallel()
	snapshots := &fakeSnapshots{commit: present}
	handler := newSnapshotHandler(snapshots, nil)
	for _, position := range []string{"1", "1.1.16B3748", earlier + "0", earlier + ", " + earlier, `"` + earlier + `"`, "0/16B3748", "é"} {
		answer := post(t, handler, map[string]any{"query": nameQuery, "variables": ada}, "Followgraph-Position", position)
		requireRefused(t, http.StatusBadRequest, apperr.BadRequest, answer)
		require.Contains(t, answer.Errors[0].Message, "the header Followgraph-Position is malformed: ")
		require.Empty(t, answer.Header().Values("Followgraph-Position"))
	}
	require.Zero(t, snapshots.reads)
	answer := post(t, handler, map[string]any{"query": "{"}, "Followgraph-Position", "1")
	require.Equal(t, apperr.ParseFailed, post(t, handler, map[string]any{"query": "{"}).Errors[0].Extensions.Code)
	require.Equal(t, apperr.BadRequest, answer.Errors[0].Extensions.Code, "it is refused before the document is read")
}

func TestSeveralPositionsAreRefused(t *testing.T) {
	t.Parallel()
	handler := newSnapshotHandler(&fakeSnapshots{commit: present}, nil)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query={__typename}", nil)
	answer := httptest.NewRecorder()
	request.Header["Followgraph-Position"] = []string{earlier, earlier}
	handler.ServeHTTP(answer, request)
	require.Equal(t, http.StatusBadRequest, answer.Code)
}

// TestWithoutSnapshotsPositionsAreIgnored: a client may send a position to a server that reads by SQL.
func TestWithoutSnapshotsPositionsAreIgnored(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	for _, position := range []string{earlier, "malformed"} {
		answer := post(t, handler, map[string]any{"query": nameQuery, "variables": ada}, "Followgraph-Position", position)
		requireData(t, nameData, answer)
		require.Empty(t, answer.Header().Values("Followgraph-Position"))
		require.Empty(t, answer.Header().Values("Age"))
	}
}

// TestSharedResponsesHaveNoPosition: the position of a stored answer could be one that a client invented. The age is
// about the data, and a cache adds its own (RFC 9111, 4.2.3).
func TestSharedResponsesHaveNoPosition(t *testing.T) {
	t.Parallel()
	for _, cacheControl := range []string{publicMinute, ""} {
		handler := newSnapshotHandler(&fakeSnapshots{commit: present, age: time.Minute}, func(options *Options) {
			trust(t, map[string]string{"name": nameQuery, "nothing": "{ __typename }"})(options)
			options.AnonymousCacheControl = cacheControl
		})
		named := map[string]any{"documentId": "name", "variables": ada}
		first := get(t, handler, named)
		known := get(t, handler, named, "If-None-Match", first.Header().Get("ETag"))
		require.Equal(t, http.StatusNotModified, known.Code)
		nothing := get(t, handler, map[string]any{"documentId": "nothing"}, "Followgraph-Position", "1.1.FFFFFFFFFFFFFFFF")
		for _, answer := range []got{first, known, nothing} {
			require.Equal(t, cacheControl == publicMinute, answer.Header().Get("Followgraph-Position") == "")
		}
		require.Equal(t, "60", first.Header().Get("Age"))
		require.Equal(t, "60", known.Header().Get("Age"))
		mine := get(t, handler, named, "Authorization", "Bearer "+memberToken)
		require.Equal(t, present, mine.Header().Get("Followgraph-Position"))
	}
}

func TestPagesOfOtherOriginsMaySendPositions(t *testing.T) {
	t.Parallel()
	handler := newSnapshotHandler(&fakeSnapshots{commit: present}, func(options *Options) { options.CORSOrigins = []string{friend} })
	require.Contains(t, preflight(t, handler, friend).Header().Get("Access-Control-Allow-Headers"), "Followgraph-Position")
	answer := post(t, handler, map[string]any{"query": nameQuery, "variables": ada}, "Origin", friend)
	exposed := answer.Header().Get("Access-Control-Expose-Headers")
	require.Contains(t, exposed, "Followgraph-Position")
	require.Contains(t, exposed, "Age, ")
}
