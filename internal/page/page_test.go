package page_test

import (
	"encoding/base64"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/page"
	"followgraph/internal/timestamp"
)

var position = page.Cursor{Kind: page.Followers, At: 1289241911728360, ID: 42}

func TestParse(t *testing.T) {
	t.Parallel()
	cursor := position.String()
	other := page.Cursor{Kind: page.Followers, At: 7, ID: 1}
	end := other.String()
	for name, test := range map[string]struct {
		args page.Args
		want page.Request
	}{
		"neither":          {page.Args{}, page.Request{Limit: page.DefaultLimit}},
		"first":            {page.Args{First: new(1)}, page.Request{Limit: 1}},
		"first most":       {page.Args{First: new(100)}, page.Request{Limit: 100}},
		"after":            {page.Args{After: &cursor}, page.Request{Limit: page.DefaultLimit, HasCursor: true, Cursor: position}},
		"last":             {page.Args{Last: new(7)}, page.Request{Limit: 7, Backward: true}},
		"first 0":          {page.Args{First: new(0)}, page.Request{}},
		"last 0":           {page.Args{Last: new(0)}, page.Request{Backward: true}},
		"before":           {page.Args{Before: &cursor}, page.Request{Limit: page.DefaultLimit, Backward: true, HasCursor: true, Cursor: position}},
		"first and before": {page.Args{First: new(3), Before: &end}, page.Request{Limit: 3, HasEnd: true, End: other}},
		"last and after":   {page.Args{Last: new(3), After: &end}, page.Request{Limit: 3, Backward: true, HasEnd: true, End: other}},
		"after and before": {
			page.Args{After: &cursor, Before: &end},
			page.Request{Limit: page.DefaultLimit, HasCursor: true, Cursor: position, HasEnd: true, End: other},
		},
		"first, after and before": {
			page.Args{First: new(3), After: &cursor, Before: &end},
			page.Request{Limit: 3, HasCursor: true, Cursor: position, HasEnd: true, End: other},
		},
		"last, after and before": {
			page.Args{Last: new(3), After: &cursor, Before: &end},
			page.Request{Limit: 3, Backward: true, HasCursor: true, Cursor: other, HasEnd: true, End: position},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := page.Parse(page.Followers, test.args)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	cursor := position.String()
	foreign := page.Cursor{Kind: page.Following, ID: 1}.String()
	for name, test := range map[string]struct {
		args           page.Args
		field, message string
	}{
		"negative first":    {page.Args{First: new(-1)}, "first", "first must be between 0 and 100, not -1"},
		"first 101":         {page.Args{First: new(101)}, "first", "first must be between 0 and 100, not 101"},
		"last 101":          {page.Args{Last: new(101)}, "last", "last must be between 0 and 100, not 101"},
		"first and last":    {page.Args{First: new(1), Last: new(1)}, "last", "first and last cannot be combined: give one of them, from 0 to 100"},
		"empty cursor":      {page.Args{After: new("")}, "after", "after must be a cursor, not an empty string: omit after or set it to null"},
		"negative last":     {page.Args{Last: new(-1)}, "last", "last must be between 0 and 100, not -1"},
		"empty before":      {page.Args{Before: new("")}, "before", "before must be a cursor, not an empty string"},
		"broken cursor":     {page.Args{Before: new("x!")}, "before", "before is not a valid cursor"},
		"truncated cursor":  {page.Args{After: new(cursor[:8])}, "after", "after is not a valid cursor"},
		"line break":        {page.Args{After: new(cursor[:8] + "\n" + cursor[8:])}, "after", "after is not a valid cursor"},
		"unexpected text":   {page.Args{After: new(page.Cursor{Kind: page.Followers, Text: "x"}.String())}, "after", "after is not a valid cursor"},
		"NUL":               {page.Args{After: new(page.Cursor{Kind: page.Search, Text: "a\x00"}.String())}, "after", "after is not a valid cursor"},
		"not UTF-8":         {page.Args{After: new(page.Cursor{Kind: page.Search, Text: "\xff"}.String())}, "after", "after is not a valid cursor"},
		"far future":        {page.Args{After: new(page.Cursor{Kind: page.Followers, At: timestamp.Timestamp(9_223_371_331_200_000_000).UnixMicro()}.String())}, "after", "after is not a valid cursor"},
		"far past":          {page.Args{After: new(page.Cursor{Kind: page.Followers, At: -1 << 62}.String())}, "after", "after is not a valid cursor"},
		"another version":   {page.Args{After: new(base64.RawURLEncoding.EncodeToString(make([]byte, 19)))}, "after", "after is not a valid cursor"},
		"huge":              {page.Args{After: new(strings.Repeat("A", 1<<20))}, "after", "after is not a valid cursor"},
		"foreign":           {page.Args{After: &foreign}, "after", "after is a cursor of another connection"},
		"foreign backwards": {page.Args{Before: &foreign}, "before", "before is a cursor of another connection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := page.Parse(page.Followers, test.args)
			var e *apperr.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, apperr.BadUserInput, e.Code)
			require.Equal(t, test.field, e.Field)
			require.Contains(t, e.Message, test.message)
		})
	}
}

// at returns the position of a row of a connection that is ordered by number.
func at(row int) page.Cursor { return page.Cursor{Kind: page.OldestUsers, At: int64(row), ID: 1} }

func TestTrim(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request page.Request
		rows    []int
		want    []int
		info    page.Info
	}{
		"empty":             {page.Request{Limit: 2}, nil, nil, page.Info{}},
		"all":               {page.Request{Limit: 2}, []int{1, 2}, []int{1, 2}, page.Info{}},
		"more":              {page.Request{Limit: 2}, []int{1, 2, 3}, []int{1, 2}, page.Info{HasNextPage: true}},
		"after":             {page.Request{Limit: 2, HasCursor: true}, []int{3}, []int{3}, page.Info{}},
		"none":              {page.Request{}, []int{1}, []int{}, page.Info{HasNextPage: true}},
		"none of none":      {page.Request{}, nil, nil, page.Info{}},
		"up to before":      {page.Request{Limit: 2, HasEnd: true, End: at(3)}, []int{1, 2, 3}, []int{1, 2}, page.Info{}},
		"up to a gap":       {page.Request{Limit: 2, HasEnd: true, End: at(3)}, []int{1, 2, 4}, []int{1, 2}, page.Info{}},
		"more up to before": {page.Request{Limit: 2, HasEnd: true, End: at(4)}, []int{1, 2, 3}, []int{1, 2}, page.Info{HasNextPage: true}},
		"before the first":  {page.Request{Limit: 2, HasEnd: true, End: at(1)}, []int{1, 2, 3}, []int{}, page.Info{}},
		"down to after":     {page.Request{Limit: 2, Backward: true, HasEnd: true, End: at(7)}, []int{9, 8, 7}, []int{8, 9}, page.Info{}},
		"more down to after": {
			page.Request{Limit: 2, Backward: true, HasEnd: true, End: at(6)}, []int{9, 8, 7}, []int{8, 9}, page.Info{HasPreviousPage: true},
		},
		"backward":         {page.Request{Limit: 2, Backward: true}, []int{9, 8}, []int{8, 9}, page.Info{}},
		"backward, more":   {page.Request{Limit: 2, Backward: true}, []int{9, 8, 7}, []int{8, 9}, page.Info{HasPreviousPage: true}},
		"backward, before": {page.Request{Limit: 2, Backward: true, HasCursor: true}, []int{7}, []int{7}, page.Info{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, info := page.Trim(test.request, slices.Clone(test.rows), false, at)
			require.Equal(t, test.want, got)
			require.Equal(t, test.info, info)

			_, behind := page.Trim(test.request, slices.Clone(test.rows), true, at)
			if test.request.Backward {
				test.info.HasNextPage = true
			} else {
				test.info.HasPreviousPage = true
			}
			require.Equal(t, test.info, behind)
		})
	}
}

// TestOtherSide checks that the cursor moves to include its own element, which lies on the other side.
func TestOtherSide(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind     page.Kind
		backward bool
		id, want int64
	}{
		{page.Followers, false, 5, 4}, {page.Followers, true, 5, 6}, // newest first
		{page.OldestUsers, false, 5, 6}, {page.OldestUsers, true, 5, 4},
		{page.Search, false, 0, -1}, {page.Search, true, 0, 1},
		{page.MostFollowers, false, 0, -1}, {page.MostFollowers, true, 0, 1},
		{page.FewestFollowers, false, 0, 1}, {page.FewestFollowers, true, 0, -1},
		{page.OldestUsers, false, math.MaxInt64, math.MaxInt64}, {page.Followers, false, math.MinInt64, math.MinInt64},
	} {
		from := page.Cursor{Kind: test.kind, At: 3, Text: "", ID: test.id}
		got := page.Request{Limit: 10, Backward: test.backward, HasCursor: true, Cursor: from}.OtherSide()
		from.ID = test.want
		require.Equal(t, page.Request{Backward: !test.backward, HasCursor: true, Cursor: from}, got)
		require.Equal(t, 1, got.Fetch())
	}
}

func TestParseRefusesTwoOrders(t *testing.T) {
	t.Parallel()
	after, before := page.Cursor{Kind: page.Friends, List: 0}.String(), page.Cursor{Kind: page.Friends, List: 1}.String()
	_, err := page.Parse(page.Friends, page.Args{First: new(1), After: &after, Before: &before})
	require.ErrorContains(t, err, "after and before must be cursors of the same list")
	after, before = page.Cursor{Kind: page.Search, List: 1}.String(), page.Cursor{Kind: page.Search, List: 2}.String()
	_, err = page.Parse(page.Search, page.Args{First: new(1), After: &after, Before: &before})
	require.NoError(t, err, "the columns of a search come one after the other")
}

func FuzzCursor(f *testing.F) {
	f.Add(position.String())
	f.Add(page.Cursor{Kind: page.Search, List: 2, Text: "añ", ID: 7}.String())
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		for kind := page.Followers; kind <= page.Search; kind++ {
			request, err := page.Parse(kind, page.Args{After: &text})
			if err == nil && request.Cursor.String() != text {
				t.Fatalf("%q and %q are the same position", text, request.Cursor.String())
			}
		}
	})
}

func FuzzCursorRoundTrip(f *testing.F) {
	f.Add(uint8(2), int64(1289241911728360), int64(42), "ada")
	f.Fuzz(func(t *testing.T, list uint8, at, id int64, text string) {
		want := page.Cursor{Kind: page.Search, List: list, At: at, ID: id, Text: text}
		encoded := want.String()
		request, err := page.Parse(page.Search, page.Args{Before: &encoded})
		if err == nil && request.Cursor != want {
			t.Fatalf("%+v came back as %+v", want, request.Cursor)
		}
	})
}
