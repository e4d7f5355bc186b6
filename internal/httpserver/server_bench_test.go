package httpserver

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"followgraph/graph/operation"
	"followgraph/internal/limit"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/social"
)

// person is a store with one user.
type person struct {
	social.Store
	model.User
}

func (p *person) Pages(context.Context, []model.ConnectionKey) ([][]model.Edge, error) {
	panic("the benchmark asks for no page")
}

func (p *person) Users(context.Context, []model.UserKey) ([]*model.User, error) {
	return []*model.User{&p.User}, nil
}

func (p *person) UsersAndPages(context.Context, []model.UserKey, []model.ConnectionKey) ([]*model.User, [][]model.Edge, error) {
	panic("the benchmark asks for no page")
}

// BenchmarkRequest answers a small query from memory. It measures a request without its statements and its connection.
func BenchmarkRequest(b *testing.B) { benchmarkRequest(b, nil) }

func benchmarkRequest(b *testing.B, observer observe.Observer) {
	b.Helper()
	body, err := json.Marshal(map[string]any{
		"query":     `query ($id: String) { user(cognitoId: $id) { cognitoId username firstname role stats { followersCount followingsCount } } }`,
		"variables": map[string]any{"id": "8c0e4a1e"},
	})
	if err != nil {
		b.Fatal(err)
	}
	handler := newHandler(func(o *Options) {
		o.Budgets = limit.NewBudgets(limit.BudgetLimits{User: limit.MaxPoints, Address: limit.MaxPoints}, time.Now)
		o.Observer = observer
	})
	b.ReportAllocs()
	for b.Loop() {
		request := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", strings.NewReader(string(body)))
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"username":"ada"`) {
			b.Fatal(answer.Body)
		}
	}
}

// BenchmarkPersistedRequest sends the same query by its id with GET, as browsers do. The response has an ETag.
func BenchmarkPersistedRequest(b *testing.B) {
	handler := newHandler(trust(b, map[string]string{
		"ada": `query ($id: String) { user(cognitoId: $id) { cognitoId username firstname role stats { followersCount followingsCount } } }`,
	}))
	target := "/graphql?documentId=ada&variables=" + url.QueryEscape(`{"id":"8c0e4a1e"}`)
	b.ReportAllocs()
	for b.Loop() {
		request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, target, nil)
		request.Header.Set("Accept", "application/graphql-response+json, application/json;q=0.9")
		request.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK || answer.Header().Get("ETag") == "" {
			b.Fatal(answer.Body)
		}
	}
}

// BenchmarkRefusal measures the refusal of a request for which there is no slot, without its connection.
func BenchmarkRefusal(b *testing.B) {
	opts := testOptions(newBlockingStore())
	opts.Slots = NewSlots(SlotOptions{})
	opts.Slots.gates[operation.WorkloadQuery] = limit.NewGate(limit.GateOptions{Wait: 1})
	handler := Handler(opts)
	b.ReportAllocs()
	for b.Loop() {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, postAs(b.Context(), askUser, ""))
		if answer.Code != http.StatusServiceUnavailable {
			b.Fatal(answer.Body)
		}
	}
}
