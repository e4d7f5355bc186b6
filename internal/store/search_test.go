package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// addNames adds users with these usernames, first and last names, and their numbers of followers.
func addNames(t *testing.T, s *Store, names ...[3]string) {
	t.Helper()
	for i, name := range names {
		id := fmt.Sprintf("n-%03d", i)
		execute(t, s, `INSERT INTO users (cognito_id, username, firstname, lastname, phone_number, password_hash) VALUES ($1, $2, $3, $4, $1, '!')`,
			id, name[0], name[1], name[2])
	}
}

// TestSearchAsPeopleType finds names in the forms in which people type them.
func TestSearchAsPeopleType(t *testing.T) {
	t.Parallel()
	s := open(t)
	addNames(t, s, [3]string{"ada.lovelace", "Ada B.", "Lovelace"}, [3]string{"picard", "Jean-Luc", "Picard"}, [3]string{"conan", "Conan", "O'Brien"},
		[3]string{"yamada", "太郎", "山田"}, [3]string{"delacruz_99", "Juan Carlos", "de la Cruz"}, [3]string{"___", "José", "Peña"},
		[3]string{"seoyeon", "서연", "김"}, [3]string{"rtl", "\u202eLena\u202c", "Vogel\u200d"})
	for query, want := range map[string]string{
		"lovelace ada": "n-000", "Ada B. Lovelace": "n-000", "@ada": "n-000", "ada.lovelace": "n-000", "  ada   lovelace ": "n-000", "love ada b": "n-000",
		"LOVELACE, ADA": "n-000", "adalo": "",
		"jean luc": "n-001", "Jean-Luc": "n-001", "luc picard": "n-001", "picard, jean": "n-001",
		"obrien": "n-002", "o'brien conan": "n-002", "O’Brien": "n-002",
		"山田太郎": "n-003", "太郎 山田": "n-003", "山田太": "n-003", "太郎山": "n-003", "郎": "",
		"cruz juan": "n-004", "de la cruz": "n-004", "carlos c": "n-004", "@delacruz_99": "n-004", "99": "n-004",
		"___": "n-005", "@___": "n-005", "__": "", "jose pena": "n-005", "PEÑA": "n-005",
		"김서": "n-006", "김서연": "n-006", "lena vogel": "n-007", "\u202elena": "n-007", "e\u0301\u0301": "",
		"a:*": "n-000", "!ada | x": "", "& | !": "", "'": "", "\\": "", "%": "", "_": "", "* ( )": "", "🔥": "",
		strings.Repeat("a", 100): "", strings.Repeat("a ", 49) + "a": "n-000", strings.Repeat("ﷺ", 100): "",
	} {
		var ids []string
		if want != "" {
			ids = []string{want}
		}
		require.Equal(t, ids, searchIDs(t, s, query), query)
		total, err := s.searchTotal(t.Context(), model.ConnectionKey{Query: query}, 10)
		require.NoError(t, err)
		require.Equal(t, new(len(ids)), total, query)
	}
}

// TestSearchPutsExactNamesFirst checks the order: equal usernames, equal full names, then followers.
func TestSearchPutsExactNamesFirst(t *testing.T) {
	t.Parallel()
	s := open(t)
	addNames(t, s, [3]string{"ana.lima", "Zed", "Zed"}, [3]string{"x1", "Ana", "Lima"}, [3]string{"x2", "Lima", "Ána"}, [3]string{"x3", "Ana Maria", "Lima"},
		[3]string{"x4", "Analia", "Limantour"}, [3]string{"x5", "Ana", "Lima"})
	execute(t, s, `INSERT INTO user_follow_stats (user_id, followers_count, followings_count) VALUES ('n-004', 9, 0), ('n-003', 8, 0), ('n-002', 3, 0), ('n-000', 1, 0)`)
	require.Equal(t, []string{"n-000", "n-002", "n-005", "n-001", "n-004", "n-003"}, searchIDs(t, s, "Ana.Lima"))
	require.Equal(t, []string{"n-002", "n-005", "n-001", "n-004", "n-003", "n-000"}, searchIDs(t, s, "lima ana"))

	// More than 200 equal names are sorted like the others.
	execute(t, s, `INSERT INTO users (cognito_id, username, firstname, lastname, phone_number, password_hash)
		SELECT 'm-' || n, 'm' || n, 'Ana', 'Lima', 'm' || n, '!' FROM generate_series(1, 200) n`)
	require.Equal(t, []string{"n-004", "n-003", "n-002", "n-000", "n-005"}, searchIDs(t, s, "lima ana")[:5])
}

// TestSearchIsBounded reads every page of searches under limits that make each way of reading necessary, and expects the
// same answers.
func TestSearchIsBounded(t *testing.T) {
	t.Parallel()
	s := open(t)
	g := newFixtureGraph(t, s)
	for _, limits := range []searchLimits{
		{few: 0, walked: 1000, walkedFirst: 1000, many: 1000}, {few: 3, walked: 4, walkedFirst: 2, many: 1000}, {few: 5, walked: 0, walkedFirst: 1, many: 1000},
		{few: 1000, walked: 1, walkedFirst: 1, many: 1},
	} {
		limited := s.reads
		limited.search = limits
		for _, query := range []string{"a", "ad", "zoe", "ben", "x", "ada ada", "ada10", "x bob", "_"} {
			want := g.search(query)
			for _, backward := range []bool{false, true} {
				request := page.Request{Limit: 4, Backward: backward}
				var got []string
				for more := true; more; {
					pages, err := limited.Pages(t.Context(), []model.ConnectionKey{{Kind: page.Search, Query: query, Page: request}})
					require.NoError(t, err)
					edges, info := page.Trim(request, pages[0], false, positionOf)
					var ids []string
					for _, edge := range edges {
						ids = append(ids, edge.UserID)
					}
					if backward {
						got, more = append(ids, got...), info.HasPreviousPage
					} else {
						got, more = append(got, ids...), info.HasNextPage
					}
					if more {
						last := edges[len(edges)-1]
						if backward {
							last = edges[0]
						}
						request.HasCursor, request.Cursor = true, last.Position
					}
				}
				require.Equal(t, want, got, "%+v %q backward %t", limits, query, backward)
			}
		}
	}

	// If more users match than are read, the most followed come first, and the page is full.
	limited := s.reads
	limited.search = searchLimits{few: 1, walked: 5, walkedFirst: 1, many: 12}
	pages, err := limited.Pages(t.Context(), []model.ConnectionKey{{Kind: page.Search, Query: "ada", Page: page.Request{Limit: 8}}})
	require.NoError(t, err)
	var ids []string
	for _, edge := range pages[0] {
		ids = append(ids, edge.UserID)
	}
	require.Len(t, slices.Compact(slices.Clone(ids)), 9)
	require.Equal(t, g.search("ada")[0], ids[0])
}

// TestSearchStatements counts the statements of searches.
func TestSearchStatements(t *testing.T) {
	t.Parallel()
	s := open(t)
	g := newFixtureGraph(t, s)
	require.Greater(t, len(g.search("ada")), 10)
	for query, want := range map[string]int{"lovelace": 1, "ada10": 1, "x": 1, "q": 2} {
		require.Equal(t, want, statements(t, func(ctx context.Context) {
			_, err := s.Pages(ctx, []model.ConnectionKey{{Kind: page.Search, Query: query, Page: page.Request{Limit: 2}}})
			require.NoError(t, err)
		}), query)
	}
}
