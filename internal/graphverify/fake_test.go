package graphverify_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/graphdump"
	"followgraph/internal/timestamp"
)

// follow is an element of a list.
type follow struct {
	other string
	graphdump.Follow
}

// list is the list of an owner.
type list struct {
	graphdump.Owner
	follows []follow
}

// graph is the content of a dump, or of the tables. As a graphverify.SQL it is read by its lists.
type graph struct {
	users                []graphdump.User
	counts               []graphdump.CountsTime
	followers, following []list
	places               [4][]graphdump.Place
	totals               graphdump.Totals
}

func since(other string, at timestamp.Timestamp, id int64) follow {
	return follow{other, graphdump.Follow{At: at, ID: id, Found: true}}
}

func owner(name string, count int64, follows ...follow) list {
	return list{graphdump.Owner{CognitoID: name, Length: int64(len(follows)), Count: count}, follows}
}

// small returns a graph in which bob and cleo follow ada, and dead, who has no account, follows bob.
func small() *graph {
	user := func(id int64, name string) graphdump.User {
		return graphdump.User{CognitoID: name, ID: id, Username: name, Firstname: new("F"), Role: "END_USER", ShownCountsAt: new(id)}
	}
	return &graph{
		users:     []graphdump.User{user(1, "ada"), user(2, "bob"), user(3, "cleo")},
		counts:    []graphdump.CountsTime{{CognitoID: "ada"}, {CognitoID: "dead", At: 7}},
		followers: []list{owner("ada", 2, since("cleo", 20, 2), since("bob", 10, 1)), owner("bob", 1, since("dead", 30, 3)), owner("cleo", 0)},
		following: []list{
			owner("ada", 0), owner("bob", 1, since("ada", 10, 1)), owner("cleo", 1, since("ada", 20, 2)), owner("dead", -1, since("bob", 30, 3)),
		},
		places: [4][]graphdump.Place{
			{{At: 5, ID: 2, CognitoID: "bob"}, {At: 6, ID: 1, CognitoID: "ada"}, {At: 6, ID: 3, CognitoID: "cleo"}},
			{{Text: "ada", ID: 1, CognitoID: "ada"}, {Text: "bob", ID: 2, CognitoID: "bob"}, {Text: "cleo", ID: 3, CognitoID: "cleo"}},
			{{Text: "f ", ID: 1, CognitoID: "ada"}, {Text: "f ", ID: 2, CognitoID: "bob"}, {Text: "f ", ID: 3, CognitoID: "cleo"}},
			nil,
		},
		totals: graphdump.Totals{Accounts: 3, Follows: 3},
	}
}

// dump returns the graph as a dump.
func (g *graph) dump(t testing.TB) *bytes.Buffer {
	t.Helper()
	var text bytes.Buffer
	w := graphdump.NewWriter(&text)
	w.Begin(graphdump.Users)
	for i := range g.users {
		w.User(&g.users[i])
	}
	w.EndRecords()
	w.Begin(graphdump.Counts)
	for i := range g.counts {
		w.CountsTime(&g.counts[i])
	}
	w.EndRecords()
	for i, lists := range [][]list{g.followers, g.following} {
		w.Begin(graphdump.Followers + graphdump.Section(i))
		for _, l := range lists {
			w.Owner(&l.Owner)
			for _, f := range l.follows {
				w.Follow(f.other, &f.Follow)
			}
			w.EndRecords()
		}
		w.EndRecords()
	}
	for i, places := range g.places {
		w.Begin(graphdump.ByCreation + graphdump.Section(i))
		for _, p := range places {
			w.Place(&p)
		}
		w.EndRecords()
	}
	require.NoError(t, w.Close(g.totals))
	return &text
}

func each[T any](rows []T, visit func(*T) error) error {
	for i := range rows {
		if err := visit(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

func (g *graph) Users(_ context.Context, visit func(*graphdump.User) error) error {
	return each(g.users, visit)
}

func (g *graph) Counts(_ context.Context, visit func(*graphdump.CountsTime) error) error {
	return each(g.counts, visit)
}

func (g *graph) Follows(_ context.Context, of graphdump.Section, visit func([]byte, *graphdump.Follow) error) error {
	lists := g.followers
	if of == graphdump.Following {
		lists = g.following
	}
	return each(lists, func(l *list) error {
		return each(l.follows, func(f *follow) error {
			f.Other = []byte(f.other)
			return visit([]byte(l.CognitoID), &f.Follow)
		})
	})
}

func (g *graph) Places(_ context.Context, of graphdump.Section, visit func(*graphdump.Place) error) error {
	return each(g.places[of-graphdump.ByCreation], visit)
}
