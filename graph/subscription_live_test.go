package graph_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
)

// TestDocumentsOfSubscriptions uses fragments, aliases, conditions, variables and list coercion.
func TestDocumentsOfSubscriptions(t *testing.T) {
	t.Parallel()
	withExecutors(t, func(t *testing.T, schema newSchema) {
		a := newHubAPI(t, schema, nil)
		ada := idOf("id-ada")
		for query, test := range map[string]struct {
			variables map[string]any
			want      string
		}{
			`subscription { mine: statsChanged(userIds: "` + ada + `") { who: users { name: username } users { id: firstname } } }`: {
				nil, `{"mine":{"who":[{"name":"ada"}],"users":[{"id":"Ada"}]}}`,
			},
			`subscription Q($id: ID!, $on: Boolean!, $off: Boolean = false) {
				... on Subscription { ...A ...B }
			}
			fragment A on Subscription { statsChanged(userIds: [$id, $id]) { users { ...U } } }
			fragment B on Subscription { statsChanged(userIds: [$id, $id]) { deletedUserIds @include(if: $off) } }
			fragment U on User { username @skip(if: $on) firstname @skip(if: $off) }`: {
				map[string]any{"id": ada, "on": true}, `{"statsChanged":{"users":[{"firstname":"Ada"}]}}`,
			},
			`subscription ($first: Int = 1) { followersChanged(userId: "` + ada + `") {
				a: changes { k: kind e: edge { n: node { username } } } b: changes { edge { node { followers(first: $first) { edges { node { username } } } } } }
				user { followers(last: $first) { totalCount nodes { username stats { followersCount } } } }
			} }`: {
				map[string]any{"first": 1}, `{"followersChanged":{
					"a":[{"k":"LOST","e":{"n":{"username":"grace"}}}],"b":[{"edge":{"node":{"followers":{"edges":[{"node":{"username":"alan"}}]}}}}],
					"user":{"followers":{"totalCount":5,"nodes":[{"username":"grace","stats":{"followersCount":5}}]}}
				}}`,
			},
		} {
			l := a.listen(t, t.Context(), query, test.variables)
			a.commit(change("id-grace", "id-ada", false))
			require.JSONEq(t, test.want, l.wait(t), query)
		}
	})
}

// TestErrorsInEvents checks that an error below an event is in its payload, with data and position, and that the stream
// goes on.
func TestErrorsInEvents(t *testing.T) {
	t.Parallel()
	a := newHubAPI(t, executors["compiled"], nil)
	query := func(field string) *listener {
		return a.listen(t, t.Context(), `subscription { it: statsChanged(userIds: "`+idOf("id-ada")+`") { users { username `+field+` } } }`, nil)
	}
	// The field is not nullable, so the error reaches the data.
	page, null := query(`followers(first: 101) { nodes { id } }`), query(`suggestions(first: 101) { user { id } }`)
	for range 2 {
		a.commit(change("id-grace", "id-ada", false))
		e, err := page.next(t)
		require.NoError(t, err)
		require.Equal(t, "null", string(e.Data))
		require.Len(t, e.Errors, 1)
		require.Equal(t, "it.users[0].followers", e.Errors[0].Path.String())
		require.Equal(t, string(apperr.BadUserInput), e.Errors[0].Extensions["code"])
		require.Equal(t, a.position().String(), e.position)

		e, err = null.next(t)
		require.NoError(t, err)
		require.JSONEq(t, `{"it":{"users":[{"username":"ada","suggestions":null}]}}`, string(e.Data))
		require.Len(t, e.Errors, 1)
		require.Equal(t, "it.users[0].suggestions", e.Errors[0].Path.String())
	}
}

// TestResume ends streams at every event and continues them, with positions of events and of quiet streams.
func TestResume(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t, executors["compiled"], nil)
	query := `subscription { followersChanged(userId: "` + idOf("id-Bo") + `") { changes { kind followerId } } }`
	l := a.listen(t, t.Context(), query, nil)
	start := l.Position()
	require.NotEmpty(t, start)
	var want, got []string
	position := start
	for n, follower := range []string{"id-ada", "id-alan", "id-grace", "id-ada", "id-alan"} {
		kind := "GAINED"
		if n < 3 {
			a.follow(t, follower, "id-Bo")
		} else {
			kind = "LOST"
			a.unfollow(t, follower, "id-Bo")
		}
		want = append(want, fmt.Sprintf(`{"kind":%q,"followerId":%q}`, kind, idOf(follower)))
		resumed := a.resume(t, t.Context(), query, nil, position)
		e, err := resumed.next(t)
		require.NoError(t, err)
		position = e.position
		got = append(got, changesOf(t, e)...)
		resumed.quiet(t)
		resumed.Close()
	}
	require.Equal(t, want, got, "each change once, in order")
	whole, err := a.resume(t, t.Context(), query, nil, start).next(t)
	require.NoError(t, err)
	require.Equal(t, want, changesOf(t, whole), "as one event")
	require.Equal(t, want, changesOf(t, must(l.next(t))))
	require.GreaterOrEqual(t, l.Position(), position)

	a.exec(t, `TRUNCATE user_follows`)
	_, err = l.next(t)
	require.Equal(t, apperr.PositionExpired, a.codeOf(t, err))
	_, err = a.subscribe(t.Context(), query, nil, position)
	require.Equal(t, apperr.PositionExpired, a.codeOf(t, err))
}

func must(e *event, err error) *event {
	if err != nil {
		panic(err)
	}
	return e
}

func changesOf(t *testing.T, e *event) (changes []string) {
	t.Helper()
	require.Empty(t, e.Errors)
	var data struct {
		FollowersChanged struct{ Changes []json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(e.Data, &data))
	for _, change := range data.FollowersChanged.Changes {
		changes = append(changes, string(change))
	}
	return changes
}

// TestDeletedAccounts deletes a user while others watch, and while they are away.
func TestDeletedAccounts(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t, executors["compiled"], nil)
	bo := idOf("id-Bo")
	queries := map[string]string{
		"stats":     `subscription { statsChanged(userIds: ["` + bo + `", "` + idOf("id-ada") + `"]) { users { username } deletedUserIds } }`,
		"followers": `subscription { followersChanged(userId: "` + idOf("id-ada") + `") { user { username } changes { kind followerId edge { node { username } } } } }`,
		"deleted":   `subscription { followersChanged(userId: "` + bo + `") { user { username } changes { kind } } }`,
		"relations": `subscription { relationsChanged(userIds: "` + bo + `") { users { username } deletedUserIds } }`,
	}
	want := map[string]string{
		"stats":     `{"statsChanged":{"users":[{"username":"ada"}],"deletedUserIds":["` + bo + `"]}}`,
		"followers": `{"followersChanged":{"user":{"username":"ada"},"changes":[{"kind":"LOST","followerId":"` + bo + `","edge":{"node":null}}]}}`,
		"deleted":   `{"followersChanged":{"user":null,"changes":[]}}`,
		"relations": `{"relationsChanged":{"users":[],"deletedUserIds":["` + bo + `"]}}`,
	}
	listeners, positions := map[string]*listener{}, map[string]string{}
	for name, query := range queries {
		listeners[name] = a.listen(t, as(t, "id-ada"), query, nil)
		positions[name] = listeners[name].Position()
	}
	response, _ := a.run(as(t, "id-Bo"), `mutation { deleteAccount(input: {}) { deletedUserId } }`, nil)
	require.Empty(t, response.Errors)
	for name := range queries {
		requireEventually(t, want[name], listeners[name], name)
		requireEventually(t, want[name], a.resume(t, as(t, "id-ada"), queries[name], nil, positions[name]), name+" resumed")
	}
	_, err := a.subscribe(t.Context(), queries["deleted"], nil, "")
	require.Equal(t, apperr.NotFound, a.codeOf(t, err))
}

// requireEventually waits until an event is equal to want: an account and its follows may be deleted by several commits.
func requireEventually(t *testing.T, want string, l *listener, what string) {
	t.Helper()
	for range 5 {
		got := l.wait(t)
		if equal(want, got) {
			return
		}
		t.Log(what, got)
	}
	require.Fail(t, "no such event", "%s: %s", what, want)
}

func equal(want, got string) bool {
	var a, b any
	if json.Unmarshal([]byte(want), &a) != nil || json.Unmarshal([]byte(got), &b) != nil {
		return false
	}
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// TestCursorsOfEvents pages with the cursors of gained and lost followers.
func TestCursorsOfEvents(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t, executors["compiled"], nil)
	l := a.listen(t, t.Context(), `subscription { followersChanged(userId: "`+idOf("id-Bo")+`") { changes { edge { cursor } } } }`, nil)
	cursors := map[string]string{}
	cursor := func(id string) {
		var data struct {
			FollowersChanged struct {
				Changes []struct{ Edge struct{ Cursor string } }
			}
		}
		require.NoError(t, json.Unmarshal([]byte(l.wait(t)), &data))
		require.Len(t, data.FollowersChanged.Changes, 1)
		cursors[id] = data.FollowersChanged.Changes[0].Edge.Cursor
	}
	for _, id := range []string{"id-ada", "id-alan", "id-grace", "id-layla"} {
		a.follow(t, id, "id-Bo")
		cursor(id)
	}
	lost := cursors["id-alan"]
	a.unfollow(t, "id-alan", "id-Bo")
	cursor("id-alan")
	require.Equal(t, lost, cursors["id-alan"], "the cursor of the follow that ended")
	for arguments, want := range map[string]string{
		`first: 10`: `[layla grace ada]`,
		`first: 10, after: "` + cursors["id-layla"] + `"`:                                     `[grace ada]`,
		`first: 1, after: "` + cursors["id-grace"] + `"`:                                      `[ada]`,
		`last: 10, before: "` + cursors["id-grace"] + `"`:                                     `[layla]`,
		`first: 10, after: "` + lost + `"`:                                                    `[ada]`,
		`last: 1, before: "` + lost + `"`:                                                     `[grace]`,
		`first: 9, after: "` + cursors["id-layla"] + `", before: "` + cursors["id-ada"] + `"`: `[grace]`,
	} {
		response, _ := a.run(t.Context(), `{ user(username: "Bo") { followers(`+arguments+`) { nodes { username } } } }`, nil)
		require.Empty(t, response.Errors)
		var data struct {
			User struct {
				Followers struct{ Nodes []struct{ Username string } }
			}
		}
		require.NoError(t, json.Unmarshal(response.Data, &data))
		names := []string{}
		for _, node := range data.User.Followers.Nodes {
			names = append(names, node.Username)
		}
		require.Equal(t, want, fmt.Sprint(names), arguments)
	}
}

// TestEventsAreOfOneVersion changes the graph at random, by mutations and by SQL, and keeps the followers of a user only
// by the events. After each event they equal the counts and the list that the event itself has.
func TestEventsAreOfOneVersion(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t, executors["compiled"], nil)
	l := a.listen(t, t.Context(), `subscription { followersChanged(userId: "`+idOf("id-Bo")+`") {
		user { stats { followersCount } followers(first: 100) { totalCount edges { cursor } } } changes { kind followerId edge { cursor } }
	} }`, nil)
	stats := a.listen(t, t.Context(), `subscription { statsChanged(userIds: "`+idOf("id-Bo")+`") { users { stats { followersCount } followers(first: 0) { totalCount } } } }`, nil)
	a.exec(t, `INSERT INTO users (cognito_id, username, phone_number, password_hash)
		SELECT 'id-n' || n, 'n' || n, '+99977' || n, '!' FROM generate_series(0, 19) n`)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := rand.New(rand.NewPCG(1, 7))
		following := map[int]bool{}
		for range 150 {
			n := r.IntN(20)
			switch id := fmt.Sprint("id-n", n); {
			case following[n]:
				a.unfollow(t, id, "id-Bo")
			case r.IntN(2) == 0:
				a.follow(t, id, "id-Bo")
			default:
				a.exec(t, `INSERT INTO user_follows (follower_id, following_id) VALUES ($1, 'id-Bo')`, id)
			}
			following[n] = !following[n]
		}
		a.follow(t, "id-ada", "id-Bo") // the last one
	}()
	ada := idOf("id-ada")
	followers, last := map[string]bool{}, false
	for !last {
		var data struct {
			FollowersChanged struct {
				User struct {
					Stats     struct{ FollowersCount int }
					Followers struct {
						TotalCount int
						Edges      []struct{ Cursor string }
					}
				}
				Changes []struct {
					Kind, FollowerID string
					Edge             struct{ Cursor string }
				}
			}
		}
		require.NoError(t, json.Unmarshal([]byte(l.wait(t)), &data))
		for _, change := range data.FollowersChanged.Changes {
			require.Equal(t, change.Kind == "LOST", followers[change.Edge.Cursor], "each change once and in order")
			followers[change.Edge.Cursor] = change.Kind == "GAINED"
			last = last || change.FollowerID == ada
		}
		for cursor, follows := range followers {
			if !follows {
				delete(followers, cursor)
			}
		}
		user := data.FollowersChanged.User
		require.Equal(t, len(followers), user.Stats.FollowersCount)
		require.Equal(t, len(followers), user.Followers.TotalCount)
		require.Len(t, user.Followers.Edges, len(followers))
		for _, edge := range user.Followers.Edges {
			require.True(t, followers[edge.Cursor], "the list of the same version")
		}
	}
	<-done
	var data struct {
		StatsChanged struct {
			Users []struct {
				Stats     struct{ FollowersCount int }
				Followers struct{ TotalCount int }
			}
		}
	}
	for data.StatsChanged.Users == nil || data.StatsChanged.Users[0].Stats.FollowersCount != len(followers) {
		require.NoError(t, json.Unmarshal([]byte(stats.wait(t)), &data))
		require.Equal(t, data.StatsChanged.Users[0].Stats.FollowersCount, data.StatsChanged.Users[0].Followers.TotalCount)
	}
}
