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

// edgeBytes is the memory that an edge takes, with the number of its user.
const edgeBytes = 68

// Pages returns the edges of each key's page and one more, which shows whether another page follows, read away from the
// cursor. An edge has its user if the key's projection includes it, except for that last edge. The memory of the edges
// is charged to the operation of ctx.
func (v *Version) Pages(ctx context.Context, keys []model.ConnectionKey) ([][]model.Edge, error) {
	owners := v.owners(keys)
	expected := 0
	for i := range keys {
		expected += v.atMost(&keys[i], owners[i])
	}
	if err := meter.From(ctx).Hold(expected * edgeBytes); err != nil {
		return nil, err
	}
	reader := pageReader{Version: v, ctx: ctx, edges: make([]model.Edge, 0, expected), numbers: make([]uint32, 0, expected)}
	for i, owner := range owners {
		reader.touchList(keys[i].Kind, owner) //nolint:gosec // owners has one for each key
	}
	pages := make([][]model.Edge, len(keys))
	for i := range keys {
		first := len(reader.edges)
		if err := reader.read(&keys[i], owners[i]); err != nil {
			return nil, err
		}
		if last := len(reader.edges); last > first {
			pages[i] = reader.edges[first:last:last]
		}
	}
	reader.complete()
	for i := range keys {
		withoutNodes(pages[i], &keys[i])
	}
	return pages, nil
}

// owners returns the node of each key's user.
func (v *Version) owners(keys []model.ConnectionKey) []*node {
	ids, numbers, nodes := make([]string, len(keys)), make([]uint32, len(keys)), make([]*node, len(keys))
	for i := range keys {
		ids[i] = keys[i].User
	}
	v.names.findAll(ids, numbers)
	for i, number := range numbers {
		nodes[i] = v.node(number)
	}
	return nodes
}

// withoutNodes removes the users of a page that must not have them.
func withoutNodes(edges []model.Edge, key *model.ConnectionKey) {
	most := key.Page.Limit
	if !key.Projection.Users {
		most = 0
	}
	for i := most; i < len(edges); i++ {
		edges[i].Node = nil
	}
}

// atMost returns the maximum number of edges that a key's page has.
func (v *Version) atMost(key *model.ConnectionKey, owner *node) int {
	most := key.Page.Fetch()
	switch key.Kind {
	case page.Followers:
		return min(most, owner.followers.len())
	case page.Following:
		return min(most, owner.following.len())
	case page.Friends, page.FollowersInCommon, page.FollowingInCommon, page.FollowersYouKnow:
		both := v.twoLists(key, owner)
		return min(most, both[0].len(), both[1].len())
	default:
		return min(most, v.Accounts())
	}
}

// pageReader appends the edges of pages to one slice. The edges have no users before complete.
type pageReader struct {
	*Version
	ctx     context.Context
	edges   []model.Edge
	numbers []uint32 // of the users of the edges
	touched byte     // see touch
}

// touchList reads memory of the newest entries of a short list of follows, for the same reason as complete.
func (r *pageReader) touchList(kind page.Kind, owner *node) {
	entries := owner.followers.short
	if kind == page.Following {
		entries = owner.following.short
	}
	if last := len(entries) - 1; last >= 0 {
		r.touched += byte(entries[last].low)
	}
}

func (r *pageReader) read(key *model.ConnectionKey, owner *node) error {
	switch key.Kind {
	case page.Followers:
		r.follows(key, owner.followers)
	case page.Following:
		r.follows(key, owner.following)
	case page.Friends, page.FollowersInCommon, page.FollowingInCommon, page.FollowersYouKnow:
		return r.intersection(key, owner)
	case page.OldestUsers, page.NewestUsers:
		r.usersByCreation(key)
	case page.UsersAToZ, page.UsersZToA:
		r.usersByName(key)
	case page.FewestFollowers, page.MostFollowers:
		r.usersByFollowers(key)
	case page.Search:
		return r.search(key)
	default:
		panic(fmt.Sprintf("no pages of kind %d", key.Kind))
	}
	return nil
}

// complete sets the users of the edges. The memory of a user is seldom in a cache of the processor. complete takes each
// step to it for many users in a row, so that the processor waits for their memory at the same time. The last step is to
// the texts, which the response needs.
func (r *pageReader) complete() {
	var nodes [64]*node
	for len(r.numbers) > 0 {
		n := min(len(nodes), len(r.numbers))
		edges := r.edges[len(r.edges)-len(r.numbers):]
		for i, number := range r.numbers[:n] {
			nodes[i] = r.node(number)
		}
		for i, node := range nodes[:n] {
			if node.row == nil {
				edges[i].UserID = r.names.id(r.numbers[i])
				continue
			}
			edges[i].UserID, edges[i].Node = node.user.CognitoID, &node.user
		}
		for i := range edges[:n] {
			if user := edges[i].Node; user != nil {
				r.touch(user)
			}
		}
		r.numbers = r.numbers[n:]
	}
}

// touch reads memory of the parts of a user. It adds what it reads, so that the compiler does not remove the reads.
func (r *pageReader) touch(user *model.User) {
	if user.CognitoID != "" {
		r.touched += user.CognitoID[0]
	}
	if last := len(user.Username) - 1; last >= 0 {
		r.touched += user.Username[last] // the names follow
	}
	r.touched += byte(user.Stats.FollowersCount)
}

// descends reports whether a page is read from higher to lower keys.
func descends(key *model.ConnectionKey) bool {
	return key.Kind.Ascends() == key.Page.Backward
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
		for _, e := range part[:n] {
			r.addFollow(key, 0, e)
		}
		if n < len(part) {
			return
		}
		left -= n
		from = start{r.time(part[n-1]), true}
	}
}

// add appends the edge of a user.
func (r *pageReader) add(number uint32, position page.Cursor) {
	r.edges = append(r.edges, model.Edge{Position: position})
	r.numbers = append(r.numbers, number)
}

// addFollow appends the edge of a follow. walked is the number of the list that contains it.
func (r *pageReader) addFollow(of *model.ConnectionKey, walked uint8, e entry) {
	at := r.time(e)
	r.add(e.other, page.Cursor{Kind: of.Kind, List: walked, At: timestamp.Timestamp(at.first).UnixMicro(), ID: at.second})
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
	walk(r.users.created, pivot, descend, func(row *userRow) bool {
		left--
		r.add(row.number, page.Cursor{Kind: key.Kind, At: row.createdAt.UnixMicro(), ID: row.id})
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
	walk(r.users.usernames, &userRow{id: id, keys: userKeys{username: text}}, descend, func(row *userRow) bool {
		left--
		r.add(row.number, page.Cursor{Kind: key.Kind, Text: row.keys.username, ID: row.id})
		return left > 0
	})
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
