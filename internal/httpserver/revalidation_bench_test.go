package httpserver

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"followgraph/internal/model"
)

// pageStore is a store with pages that are filled without a search, so that a benchmark measures the least that an execution
// can take.
type pageStore struct{ pinningPerson }

func (c *pageStore) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	ctx.Value(fakeSnapshotKey{}).(*fakeSnapshot).Pin(ctx)
	pages := make([][]model.Edge, len(keys))
	for i, key := range keys {
		for j := range key.Page.Limit {
			pages[i] = append(pages[i], model.Edge{UserID: "x", Node: &model.User{CognitoID: fmt.Sprintf("user-%d-%d", i, j), Username: fmt.Sprintf("user%d", j), Stats: &model.Stats{}}})
		}
	}
	return pages, nil
}

func (c *pageStore) UsersAndPages(ctx context.Context, users []model.UserKey, keys []model.ConnectionKey) ([]*model.User, [][]model.Edge, error) {
	found, _ := c.Users(ctx, users)
	pages, err := c.Pages(ctx, keys)
	return found, pages, err
}

// BenchmarkRevalidation compares the execution of an operation whose client has the answer with a remembered tag. After a
// commit the tag must be computed again.
func BenchmarkRevalidation(b *testing.B) {
	for name, query := range map[string]string{
		"user":   `query ($id: String) { user(cognitoId: $id) { cognitoId username firstname role stats { followersCount followingsCount } } }`,
		"nested": `query ($id: String) { user(cognitoId: $id) { followers(first: 20) { nodes { username stats { followersCount } followers(first: 10) { nodes { username } } } } } }`,
	} {
		for _, state := range []string{"sql", "changed", "remembered"} {
			b.Run(name+"/"+state, func(b *testing.B) {
				snapshots := &fakeSnapshots{commit: present}
				store := &pageStore{pinningPerson{person{User: model.User{CognitoID: "8c0e4a1e", Username: "ada", Stats: &model.Stats{}}}, snapshots}}
				handler := newStoreHandler(store, snapshots, trust(b, map[string]string{"q": query}))
				target := "/graphql?documentId=q&variables=" + url.QueryEscape(`{"id":"8c0e4a1e"}`)
				tag, commits := "", 0
				b.ReportAllocs()
				for b.Loop() {
					request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, target, nil)
					request.Header.Set("Accept", "application/graphql-response+json, application/json;q=0.9")
					request.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
					request.Header.Set("If-None-Match", tag)
					snapshots.begun = nil
					snapshots.sql = state == "sql"
					if state == "changed" {
						commits++
						snapshots.commit = fmt.Sprintf("7312345678901234567.1.%016X", commits)
					}
					answer := httptest.NewRecorder()
					handler.ServeHTTP(answer, request)
					if tag != "" && answer.Code != http.StatusNotModified {
						b.Fatal(answer.Code, answer.Body)
					}
					tag = answer.Header().Get("ETag")
				}
			})
		}
	}
}
