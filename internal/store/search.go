package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/store/searchkey"
)

// searchLimits are how many users a search reads, at most.
type searchLimits struct {
	// few users with the words of the text are read and sorted.
	few int32
	// If there are more, these are read in the order of all users by followers, until the page is full. A text of short
	// words begins with the smaller number, because most such texts have many matches.
	walked, walkedFirst int32
	// If the page is not full then, because the matches have few followers, so many of them are read and sorted.
	many int32
	// counted is the largest total.
	counted int32
}

// defaultSearchLimits are chosen by what a page takes: at most about 0.5 s, usually 1 to 25 ms. docs/benchmarks.md has the
// figures.
var defaultSearchLimits = searchLimits{few: 10_000, walked: 10_000, walkedFirst: 2_000, many: 100_000, counted: 10_000}

// searchData is what the statements of a search are rendered with.
type searchData struct {
	form
	Start                          string // the number of followers before the first user of a walk
	Words, Name, UserWords, Tokens string // see searchkey
}

var (
	searchPages = forms("search_page", func(f form) any { return newSearchData(f) })
	searchWalks = forms("search_walk", func(f form) any { return newSearchData(f) })
	searchTotal = statement("search_total", newSearchData(form{}))
)

func newSearchData(f form) searchData {
	data := searchData{
		form: f, Start: "9223372036854775807",
		Words: searchkey.Words("key.query"), Name: searchkey.Name("u."), UserWords: searchkey.UserWords("u."), Tokens: searchkey.Tokens("u."),
	}
	if f.direction == ascending {
		data.Start = "0"
	}
	return data
}

// search reads one page of a search, in up to four statements. They do not share a snapshot.
type search struct {
	limits searchLimits
	walk
	key  model.ConnectionKey
	page *[]model.Edge
	// What the last statement did: it walked the order of users by followers, or read all matches, or found that these are
	// too many.
	walked, isRead bool
}

// first returns the statement that the search begins with. It is usually the only one.
func (s *search) first() query {
	if isShort(s.key.Query) && s.canWalk() {
		return s.walkQuery(s.limits.walkedFirst)
	}
	return s.readQuery(s.limits.few, s.limits.few+1)
}

// rest runs the other statements that the page needs.
func (s *search) rest(ctx context.Context, run func(context.Context, []query) (int, error)) error {
	if s.isComplete() {
		return nil
	}
	if s.walked {
		if _, err := run(ctx, []query{s.readQuery(s.limits.few, s.limits.few+1)}); err != nil || s.isComplete() {
			return err
		}
	}
	var walked []model.Edge
	if s.canWalk() {
		if _, err := run(ctx, []query{s.walkQuery(s.limits.walked)}); err != nil || s.isComplete() {
			return err
		}
		walked = *s.page
	}
	_, err := run(ctx, []query{s.readQuery(s.limits.many, s.limits.many)})
	if err == nil && len(walked) > 0 {
		*s.page = s.joined(walked, *s.page)
	}
	return err
}

// isComplete reports whether the page has all users that it should have.
func (s *search) isComplete() bool {
	return s.isRead || s.walked && len(*s.page) == s.key.Page.Fetch()
}

// joined returns the users of a walk and those behind them that were read. If not all matches were read, the walk has
// some that the read has not.
func (s *search) joined(walked, read []model.Edge) []model.Edge {
	last := walked[len(walked)-1].Position
	beyond := func(edge model.Edge) bool {
		at := edge.Position
		order := cmp.Or(cmp.Compare(at.List, last.List), cmp.Compare(at.At, last.At), cmp.Compare(at.Text, last.Text))
		return order > 0 == (s.direction() == ascending) && order != 0
	}
	if i := slices.IndexFunc(read, beyond); i >= 0 {
		walked = append(walked, read[i:]...)
	}
	return walked[:min(len(walked), s.key.Page.Fetch())]
}

// canWalk reports whether the position is in the order of all users by followers. Users without followers are not in the
// index of that order, and exact matches are not in its places.
func (s *search) canWalk() bool {
	cursor := s.key.Page.Cursor
	switch {
	case !s.key.Page.HasCursor:
		return !s.key.Page.Backward
	case s.key.Page.Backward:
		return cursor.List == 1 && cursor.At > 0
	default:
		return cursor.List > 1 || cursor.At > 0
	}
}

// isShort reports whether a text has words, and all of them are short.
func isShort(text string) bool {
	short := false
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }) {
		if short = utf8.RuneCountInString(word) <= searchkey.Short; !short {
			return false
		}
	}
	return short
}

// position returns the position of the page, before the first user in its direction if there is no cursor.
func (s *search) position() []any {
	cursor := s.key.Page.Cursor
	return []any{
		start(s.walk, s.key, int32(cursor.List), 0, 4), start(s.walk, s.key, cursor.At, math.MinInt64, math.MaxInt64),
		start(s.walk, s.key, cursor.Text, "", lastName), start(s.walk, s.key, cursor.ID, math.MinInt64, math.MaxInt64),
	}
}

func (s *search) args(limits ...any) []any {
	args := append(append([]any{s.key.Query}, limits...), s.position()...)
	return append(args, int32(s.key.Page.Fetch()), s.key.Projection.Users, s.key.Projection.Counts)
}

// walkQuery returns the statement that walks the order of all users by followers.
func (s *search) walkQuery(most int32) query {
	sql := searchWalks[form{s.direction(), s.details}]
	return query{sql, s.args(most), func(ctx context.Context, rows pgx.Rows) error {
		var edges []model.Edge
		users := newUserReader(min(s.key.Page.Fetch(), maxExpectedEdges))
		err := eachRow(ctx, rows, func(r *row) { edges = append(edges, s.edge(r, users)) })
		*s.page, s.walked, s.isRead = edges, true, false
		return err
	}}
}

// readQuery returns the statement that reads all matches, unless there are more than bound.
func (s *search) readQuery(bound, read int32) query {
	sql := searchPages[form{s.direction(), s.details}]
	return query{sql, s.args(bound, read), func(ctx context.Context, rows pgx.Rows) error {
		var edges []model.Edge
		users := newUserReader(min(s.key.Page.Fetch(), maxExpectedEdges))
		complete := false
		err := eachRow(ctx, rows, func(r *row) {
			complete = int32(r.integer()) <= bound
			if !r.isNull() {
				edges = append(edges, s.edge(r, users))
			}
		})
		s.walked, s.isRead = false, complete
		if err == nil && complete {
			*s.page = edges
		}
		return err
	}}
}

// edge reads the columns of a row from the id on.
func (s *search) edge(r *row, users *userReader) model.Edge {
	id := users.keep(r.bytes())
	edge := model.Edge{UserID: id, Position: page.Cursor{Kind: page.Search, List: uint8(r.integer()), At: r.integer(), Text: id}} // the rank, 1 to 3
	edge.Node = users.read(r, id, s.details, s.key.Projection.Counts)
	return edge
}

// searchTotal returns the number of users that a search finds, or nil if there are more than counted.
func (r reads) searchTotal(ctx context.Context, key model.ConnectionKey, counted int32) (total *int, err error) {
	_, err = r.run(ctx, []query{{searchTotal, []any{key.Query, counted + 1}, func(_ context.Context, rows pgx.Rows) error {
		total = nil
		return eachSmallRow(rows, func(r *row) error {
			if n := r.integer(); n <= int64(counted) {
				total = new(int(n))
			}
			return nil
		})
	}}})
	return total, err
}
