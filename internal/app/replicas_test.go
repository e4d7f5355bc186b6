package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testcluster"
)

// awaitReady waits for a text of /readyz.
func (s *server) awaitReady(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool {
		got := s.get(t, "/readyz")
		return got.status == http.StatusOK && strings.Contains(string(got.body), text)
	}, time.Minute, 50*time.Millisecond, "/readyz never has %q", text)
}

// TestReplicas serves from two standbys: while their replay is paused, one is lost, and the primary is lost.
func TestReplicas(t *testing.T) {
	t.Parallel()
	c := testcluster.New(t)
	standbys := []int{c.AddStandby(t), c.AddStandby(t)}
	flags := append(signInFlags(t), "--graph=sql", "--replica-url", c.URL(standbys[0]), "--replica-url", c.URL(standbys[1]))
	here, there := start(t, c.URL(0), flags...), start(t, c.URL(0), flags...)
	for _, s := range []*server{here, there} {
		require.Eventually(t, func() bool { return string(s.get(t, "/readyz").body) == "ready\n" }, time.Minute, 50*time.Millisecond)
	}

	for _, i := range standbys {
		c.PauseReplay(t, i)
	}
	_, target := here.register(t, "target", "+41446681800")
	token, _ := here.register(t, "ada", "+41446681801")
	const viewer = `{ viewer { username stats { followingsCount } } }`
	for _, s := range []*server{here, there} {
		require.Equal(t, "ada", s.as(t, token, viewer, nil).data(t, "viewer")["username"], "a new token is valid at once")
	}
	client := &positionClient{token: token}
	for round := range 4 {
		field, follows := "followUser", true
		if round%2 == 1 {
			field, follows = "unfollowUser", false
		}
		client.ask(t, here, `mutation ($id: ID!) { `+field+`(input: {userId: $id}) { changed } }`, map[string]any{"id": target})
		for _, s := range []*server{here, there} {
			got := client.ask(t, s, `query ($id: ID!) { node(id: $id) { ... on User { viewerIsFollowing } } }`, map[string]any{"id": target})
			require.Equal(t, map[string]any{"viewerIsFollowing": follows}, got.data(t, "node"))
		}
		got := here.as(t, token, `query ($id: ID!) { node(id: $id) { ... on User { viewerIsFollowing } } }`, map[string]any{"id": target})
		require.Equal(t, map[string]any{"viewerIsFollowing": follows}, got.data(t, "node"), "without a position")
	}
	here.awaitReady(t, "replica 1 is left out (paused), replica 2 is left out (paused): the database answers instead")
	for _, i := range standbys {
		c.ResumeReplay(t, i)
		c.WaitForReplay(t, i)
	}

	c.Stop(t, standbys[0])
	const public = `{ user(username: "ada") { username } }`
	for range 5 {
		require.Equal(t, "ada", here.as(t, "", public, nil).data(t, "user")["username"])
	}
	here.awaitReady(t, "replica 1 is left out (unreachable): the database answers instead")

	c.Stop(t, 0)
	here.awaitReady(t, "the database does not answer: reads come from its standbys")
	for _, caller := range []string{"", token} {
		got := here.as(t, caller, public, nil)
		require.Equal(t, "ada", got.data(t, "user")["username"])
	}
	body, err := json.Marshal(map[string]any{
		"query": `mutation ($id: ID!) { followUser(input: {userId: $id}) { changed } }`, "variables": map[string]any{"id": target},
	})
	require.NoError(t, err)
	got := here.do(t, http.MethodPost, "/graphql", http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}, body)
	require.Contains(t, string(got.body), "UNAVAILABLE")
	require.Eventually(t, func() bool {
		return here.get(t, "/graphql?query="+url.QueryEscape(public)).header.Get("Age") != ""
	}, time.Minute, 100*time.Millisecond)
}
