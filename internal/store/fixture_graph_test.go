package store

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/testdb"
)

// open returns a store on a new database.
func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), testdb.New(t), Options{MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// openFilled returns a store on a new database with the graph that a statement creates, vacuumed and analyzed.
func openFilled(tb testing.TB, graph string) *Store {
	tb.Helper()
	s, err := Open(tb.Context(), testdb.New(tb), Options{})
	require.NoError(tb, err)
	tb.Cleanup(s.Close)
	for _, sql := range []string{graph, "VACUUM ANALYZE"} {
		_, err := s.pool.Exec(tb.Context(), sql)
		require.NoError(tb, err)
	}
	return s
}

func execute(t *testing.T, s *Store, sql string, args ...any) {
	t.Helper()
	_, err := s.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

// fixtureGraph is a small graph in memory and in the database: 60 users and 900 follows, many of them at the same time,
// some by and of ids without an account.
type fixtureGraph struct {
	ids     []string // including ids without an account
	names   map[string][3]string
	created map[string]time.Time
	follows []follow
}

type follow struct {
	follower, following string
	at                  time.Time
	id                  int64
}

func newFixtureGraph(t *testing.T, s *Store) *fixtureGraph {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2025, 6, 20, 12, 0, 0, 123456000, time.UTC)
	graph := &fixtureGraph{names: map[string][3]string{}, created: map[string]time.Time{}}
	first := []string{"Ada", "Álvaro", "adam", "Bob", "Zoë", "İbrahim"}
	for n := range 60 {
		id := fmt.Sprintf("c-%d", n)
		graph.ids = append(graph.ids, id)
		if n%10 == 9 {
			continue // no account
		}
		name := [3]string{fmt.Sprintf("%s%d", []string{"ada", "Ben", "x"}[n%3], n), first[n%6], first[n%5]}
		at := start.Add(time.Duration(n/4) * time.Hour)
		graph.names[id], graph.created[id] = name, at
		execute(t, s, `INSERT INTO users (cognito_id, username, firstname, lastname, phone_number, password_hash, created_at)
			VALUES ($1, $2, nullif($3, 'Bob'), $4, $5, '!', $6)`, id, name[0], name[1], name[2], fmt.Sprint("+999", n), at)
	}
	for range 900 {
		follower, following := random.IntN(60), random.IntN(20)
		at := start.Add(time.Duration(random.IntN(40)) * time.Minute)
		if follower == following {
			continue
		}
		var id int64
		err := s.pool.QueryRow(t.Context(), `INSERT INTO user_follows (follower_id, following_id, created_at) VALUES ($1, $2, $3)
			ON CONFLICT DO NOTHING RETURNING id`, graph.ids[follower], graph.ids[following], at).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		require.NoError(t, err)
		graph.follows = append(graph.follows, follow{graph.ids[follower], graph.ids[following], at, id})
	}
	slices.SortFunc(graph.follows, func(a, b follow) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.id, a.id)) })
	execute(t, s, `INSERT INTO user_follow_stats (user_id, followers_count, followings_count)
		SELECT id, count(*) FILTER (WHERE side = 1), count(*) FILTER (WHERE side = 2) FROM (
			SELECT following_id AS id, 1 AS side FROM user_follows UNION ALL SELECT follower_id, 2 FROM user_follows
		) sides GROUP BY id`)
	return graph
}

// followers and following return lists of ids, newest follow first.
func (g *fixtureGraph) followers(id string) (list []string) {
	for _, f := range g.follows {
		if f.following == id {
			list = append(list, f.follower)
		}
	}
	return list
}

func (g *fixtureGraph) following(id string) (list []string) {
	for _, f := range g.follows {
		if f.follower == id {
			list = append(list, f.following)
		}
	}
	return list
}

// common returns the common elements of two lists in the order of the shorter one, or of the first if they have the
// same length.
func common(a, b []string) []string {
	if len(b) < len(a) {
		a, b = b, a
	}
	var shared []string
	for _, id := range a {
		if slices.Contains(b, id) {
			shared = append(shared, id)
		}
	}
	return shared
}

// accounts returns all users with an account, in the order of their creation.
func (g *fixtureGraph) accounts() (list []string) {
	for _, id := range g.ids {
		if _, ok := g.names[id]; ok {
			list = append(list, id)
		}
	}
	return list
}

func (g *fixtureGraph) byUsername() []string {
	list := g.accounts()
	slices.SortStableFunc(list, func(a, b string) int {
		return cmp.Compare(strings.ToLower(g.names[a][0]), strings.ToLower(g.names[b][0]))
	})
	return list
}

// byFollowers returns all users with an account, in the order of their followers and then of their ids.
func (g *fixtureGraph) byFollowers() []string {
	list := g.accounts()
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(g.followers(a)), len(g.followers(b))), cmp.Compare(a, b))
	})
	return list
}

// searchKey returns the folded form of a name of the fixture graph.
func searchKey(text string) string {
	isMark := func(r rune) bool { return unicode.Is(unicode.Mn, r) }
	return strings.ToLower(string(slices.DeleteFunc([]rune(norm.NFKD.String(text)), isMark)))
}

// searchWords returns the words of a name of the fixture graph.
func searchWords(text string) []string {
	return strings.FieldsFunc(searchKey(text), func(r rune) bool { return r < 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// search returns the users whose words begin with those of the query: those whose username or full name it equals, then
// the others by followers.
func (g *fixtureGraph) search(query string) (list []string) {
	words := searchWords(query)
	rank := map[string]int{}
	for _, id := range g.accounts() {
		first, last := g.names[id][1], g.names[id][2]
		if first == "Bob" {
			first = "" // stored as null
		}
		names := slices.Concat(searchWords(g.names[id][0]), searchWords(first), searchWords(last))
		if !isASCII(first+last) && first != "" {
			names = append(names, searchKey(first+last), searchKey(last+first))
		}
		found := len(words) > 0
		for _, word := range words {
			found = found && slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, word) })
		}
		switch {
		case searchKey(g.names[id][0]) == searchKey(query):
			rank[id] = 3
		case found && slices.ContainsFunc([]string{first + " " + last, last + " " + first}, func(name string) bool { return slices.Equal(searchWords(name), words) }):
			rank[id] = 2
		case found:
			rank[id] = 1
		default:
			continue
		}
		list = append(list, id)
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank[b], rank[a]), cmp.Compare(len(g.followers(b)), len(g.followers(a))), cmp.Compare(b, a))
	})
	return list
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 })
}

func reversed(list []string) []string {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// connectionCase is a connection with all of its elements.
type connectionCase struct {
	key  model.ConnectionKey
	want []string
}

// connections returns the expected elements of connections of every kind.
func (g *fixtureGraph) connections() (connections []connectionCase) {
	for _, id := range []string{"c-0", "c-1", "c-9", "c-19", "c-45", "unknown"} {
		connections = append(connections,
			connectionCase{model.ConnectionKey{Kind: page.Followers, User: id}, g.followers(id)},
			connectionCase{model.ConnectionKey{Kind: page.Following, User: id}, g.following(id)},
			connectionCase{model.ConnectionKey{Kind: page.Friends, User: id}, common(g.followers(id), g.following(id))})
		for _, with := range []string{"c-0", "c-2", "c-50", "unknown"} {
			connections = append(connections,
				connectionCase{model.ConnectionKey{Kind: page.FollowersInCommon, User: id, With: with}, common(g.followers(id), g.followers(with))},
				connectionCase{model.ConnectionKey{Kind: page.FollowingInCommon, User: id, With: with}, common(g.following(id), g.following(with))},
				connectionCase{model.ConnectionKey{Kind: page.FollowersYouKnow, User: id, With: with}, common(g.followers(id), g.following(with))})
		}
	}
	for _, query := range []string{"a", "AD", "ada1", "á", "Zoë", "zoë", "x", "b", "_", "%", "unknown", "\U0010FFFF", "zoe ad", "ada ada", "x bob", "ada10", "& | ! ' \\ :*"} {
		connections = append(connections, connectionCase{model.ConnectionKey{Kind: page.Search, Query: query}, g.search(query)})
	}
	connections = append(connections,
		connectionCase{model.ConnectionKey{Kind: page.FollowersYouKnow, User: "c-0"}, nil}, // an anonymous caller
		connectionCase{model.ConnectionKey{Kind: page.OldestUsers}, g.accounts()},
		connectionCase{model.ConnectionKey{Kind: page.NewestUsers}, reversed(g.accounts())},
		connectionCase{model.ConnectionKey{Kind: page.UsersAToZ}, g.byUsername()},
		connectionCase{model.ConnectionKey{Kind: page.UsersZToA}, reversed(g.byUsername())},
		connectionCase{model.ConnectionKey{Kind: page.FewestFollowers}, g.byFollowers()},
		connectionCase{model.ConnectionKey{Kind: page.MostFollowers}, reversed(g.byFollowers())})

	return connections
}
