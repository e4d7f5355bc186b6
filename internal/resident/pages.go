package resident

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"followgraph/internal/apperr"
	"followgraph/internal/model"
	"followgraph/internal/observe/meter"
	"followgraph/internal/page"
	"followgraph/internal/timestamp"
)

// edgeBytes is the memory that an edge takes.
const edgeBytes = 64

// Pages returns the edges of each key's page and one more, which shows whether another page follows, read away from the
// cursor. An edge has its user if the key's projection includes it, except for that last edge. The memory of the edges
// is charged to the operation of ctx.
func (v *Version) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	expected := 0
	for i := range keys {
		expected += v.atMost(&keys[i])
	}
	if err := meter.From(ctx).Hold(expected * edgeBytes); err != nil {
		return nil, err
	}
	reader := pageReader{Version: v, ctx: ctx, edges: make([]model.Edge, 0, expected)}
	pages := make([][]model.Edge, len(keys))
	for i := range keys {
		first := len(reader.edges)
		if err := reader.read(&keys[i]); err != nil {
			return nil, err
		}
		if last := len(reader.edges); last > first {
			pages[i] = reader.edges[first:last:last]
		}
	}
	return pages, nil
}

// atMost returns the maximum number of edges that a key's page has.
func (v *Version) atMost(key *model.ConnectionKey) int {
	most := key.Page.Fetch()
	switch key.Kind {
	case page.Followers:
		return min(most, v.find(key.User).followers.len())
	case page.Following:
		return min(most, v.find(key.User).following.len())
	case page.Friends, page.FollowersInCommon, page.FollowingInCommon, page.FollowersYouKnow:
		both := v.twoLists(key)
		return min(most, both[0].len(), both[1].len())
	default:
		return min(most, v.Accounts())
	}
}

// pageReader appends the edges of pages to one slice.
type pageReader struct {
	*Version
	ctx   context.Context
	edges []model.Edge
}

func (r *pageReader) read(key *model.ConnectionKey) error {
	switch key.Kind {
	case page.Followers:
		r.follows(key, r.find(key.User).followers)
	case page.Following:
		r.follows(key, r.find(key.User).following)
	case page.Friends, page.FollowersInCommon, page.FollowingInCommon, page.FollowersYouKnow:
		return r.intersection(key)
	case page.OldestUsers, page.NewestUsers:
		r.usersByCreation(key)
	case page.UsersAToZ, page.UsersZToA:
		r.usersByName(key)
	case page.Search:
		return r.search(key)
	default:
		panic(fmt.Sprintf("no pages of kind %d", key.Kind))
	}
	return nil
}

// descends reports whether a page is read from higher to lower keys.
func descends(key *model.ConnectionKey) bool {
	newestFirst := key.Kind != page.OldestUsers && key.Kind != page.UsersAToZ && key.Kind != page.Search
	return newestFirst != key.Page.Backward
}

// startOf returns where a page in the order of times starts.
func startOf(key *model.ConnectionKey) start {
	if !key.Page.HasCursor {
		return start{}
	}
	return start{timeKey(key.Page.Cursor.Timestamp(), key.Page.Cursor.ID), true}
}

// batch is how many entries are copied from a list at once: those of the largest page.
const batch = page.MaxLimit + 1

func (r *pageReader) follows(key *model.ConnectionKey, l list) {
	var buffer [batch]entry
	from, descend, most := startOf(key), descends(key), key.Page.Fetch()
	for left := most; left > 0; {
		part := buffer[:min(left, batch)]
		n := l.walk(from, descend, r.time, part)
		for i, e := range part[:n] {
			r.add(key, 0, r.time(e), e.other, left-i > 1)
		}
		if n < len(part) {
			return
		}
		left -= n
		from = start{r.time(part[n-1]), true}
	}
}

// add appends the edge of a follow. inside reports that it is not the edge that only shows that there are more.
func (r *pageReader) add(of *model.ConnectionKey, walked uint8, at key, other uint32, inside bool) {
	n := r.node(other)
	edge := model.Edge{Position: page.Cursor{
		Kind: of.Kind, List: walked, At: timestamp.Timestamp(at.first).UnixMicro(), ID: at.second,
	}}
	if n.account == nil {
		edge.UserID = r.names.id(other)
	} else {
		edge.UserID = n.account.CognitoID
		if inside && of.Projection.Users {
			edge.Node = &n.account.User
		}
	}
	r.edges = append(r.edges, edge)
}

// addUser appends the edge of an account.
func (r *pageReader) addUser(key *model.ConnectionKey, row *userRow, position page.Cursor, inside bool) {
	account := r.node(row.number).account
	edge := model.Edge{UserID: account.CognitoID, Position: position}
	if inside && key.Projection.Users {
		edge.Node = &account.User
	}
	r.edges = append(r.edges, edge)
}

func (r *pageReader) usersByCreation(key *model.ConnectionKey) {
	descend, left := descends(key), key.Page.Fetch()
	pivot := &userRow{createdAt: timestamp.NegativeInfinity, id: math.MinInt64}
	switch {
	case key.Page.HasCursor:
		pivot.createdAt, pivot.id = key.Page.Cursor.Timestamp(), key.Page.Cursor.ID
	case descend:
		pivot.createdAt, pivot.id = timestamp.Infinity, math.MaxInt64
	}
	walkUsers(r.users.created, pivot, descend, func(row *userRow) bool {
		left--
		r.addUser(key, row, page.Cursor{Kind: key.Kind, At: row.createdAt.UnixMicro(), ID: row.id}, left > 0)
		return left > 0
	})
}

var lastName = strings.Repeat("\U0010FFFF", 16) // no name sorts after it, byte by byte

func (r *pageReader) usersByName(key *model.ConnectionKey) {
	descend, left := descends(key), key.Page.Fetch()
	text, id := "", int64(math.MinInt64)
	switch {
	case key.Page.HasCursor:
		text, id = key.Page.Cursor.Text, key.Page.Cursor.ID
	case descend:
		text, id = lastName, math.MaxInt64
	}
	walkUsers(r.users.stages[byUsername], stagePivot(byUsername, text, id), descend, func(row *userRow) bool {
		left--
		r.addUser(key, row, page.Cursor{Kind: key.Kind, Text: row.keys[byUsername].text, ID: row.id}, left > 0)
		return left > 0
	})
}

func stagePivot(stage int, text string, id int64) *userRow {
	pivot := &userRow{id: id}
	pivot.keys[stage].text = text
	return pivot
}

// interrupted returns the error of a context that has ended.
func interrupted(ctx context.Context) error {
	switch err := ctx.Err(); {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return apperr.Wrap(apperr.Canceled, err, "the operation was canceled")
	default:
		return apperr.Wrap(apperr.Timeout, err, "the operation exceeded the time limit of the server: try again later or request less")
	}
}
