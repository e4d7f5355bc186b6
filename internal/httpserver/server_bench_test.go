package httpserver

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"followgraph/graph"
	"followgraph/internal/budget"
	"followgraph/internal/executor"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/social"
)

// person is a store with one user.
type person struct {
	social.AccountStore
	social.FollowStore
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

// BenchmarkRequest answers a small query from memory: what a request costs beside its statements and its connection.
func BenchmarkRequest(b *testing.B) { benchmarkRequest(b, nil) }

func benchmarkRequest(b *testing.B, observer observe.Observer) {
	b.Helper()
	documents := executor.NewDocuments()
	service := social.New(&person{User: model.User{
		CognitoID: "8c0e4a1e", Username: "ada", Role: model.UserRoleOwner, Stats: &model.Stats{},
	}}, social.Options{AnonymousReads: true})
	handler := Handler(Options{
		Schema:           graph.NewCompiledSchema(graph.Config{Resolvers: graph.NewResolver(service)}, documents),
		Documents:        documents,
		Service:          service,
		Ready:            func(context.Context) error { return nil },
		Budgets:          budget.New(budget.Limits{User: budget.MaxPoints, Address: budget.MaxPoints}, time.Now),
		Log:              slog.New(slog.DiscardHandler),
		OperationTimeout: time.Minute,
		Observer:         observer,
		MaxResponseBytes: 1 << 20,
	})
	body, err := json.Marshal(map[string]any{
		"query":     `query ($id: String) { user(cognitoId: $id) { cognitoId username firstname role stats { followersCount followingsCount } } }`,
		"variables": map[string]any{"id": "8c0e4a1e"},
	})
	if err != nil {
		b.Fatal(err)
	}
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
