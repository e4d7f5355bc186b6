package store

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// walk is what one statement can serve: a kind of connection, the way through its index, and for an
// intersection which of its two lists is walked.
type walk struct {
	kind     page.Kind
	backward bool
	list     uint8
}

// direction is the order of the rows in the statement's index.
func (w walk) direction() direction {
	newestFirst := w.kind != page.OldestUsers && w.kind != page.UsersAToZ && w.kind != page.Search
	if newestFirst != w.backward {
		return descending
	}
	return ascending
}

// statement is the SQL that serves the walk, and its arguments for the keys.
func (w walk) statement(keys []model.ConnectionKey) (string, []any) {
	at, name, id, most := w.times(keys), w.names(keys), w.ids(keys), limits(keys)
	switch w.kind {
	case page.Followers, page.Following:
		return followPages[w.kind][w.direction()], []any{owners(keys, 0), at, id, most}
	case page.Friends, page.FollowersInCommon, page.FollowingInCommon:
		walked, probed := owners(keys, w.list), owners(keys, 1-w.list)
		return commonPages[w.kind][w.list][w.direction()], []any{walked, probed, at, id, most}
	case page.OldestUsers, page.NewestUsers:
		return userPagesCreated[w.direction()], []any{at, id, most}
	case page.UsersAToZ, page.UsersZToA:
		return userPagesUsername[w.direction()], []any{name, id, most}
	case page.Search:
		return searchPages[w.direction()], []any{queries(keys), w.stages(keys), name, id, most}
	default:
		panic(fmt.Sprintf("no statement for pages of kind %d", w.kind))
	}
}

// edges gathers the rows of the walk's statement by the ordinal of their key. Within a key the statement keeps the
// order of its index: a LATERAL can only be joined by a nested loop.
func (w walk) edges(rows pgx.Rows, keys int) ([][]model.Edge, error) {
	found := make([][]model.Edge, keys)
	var ordinal int64
	var at time.Time
	edge := model.Edge{Position: page.Cursor{Kind: w.kind, List: w.list}}
	targets := []any{&ordinal, &edge.UserID}
	switch w.kind {
	case page.Search:
		targets = append(targets, &edge.Position.List, &edge.Position.Text)
	case page.UsersAToZ, page.UsersZToA:
		targets = append(targets, &edge.Position.Text)
	default:
		targets = append(targets, &at)
	}
	targets = append(targets, &edge.Position.ID)
	_, err := pgx.ForEachRow(rows, targets, func() error {
		if !at.IsZero() {
			edge.Position.At = at.UnixMicro()
		}
		found[ordinal-1] = append(found[ordinal-1], edge)
		return nil
	})
	return found, err
}

var (
	followPages = map[page.Kind]map[direction]string{
		page.Followers: bothWays("follow_page", followPageData(followers)),
		page.Following: bothWays("follow_page", followPageData(following)),
	}
	userPagesCreated  = bothWays("user_page_created", func(d direction) any { return d })
	userPagesUsername = bothWays("user_page_username", func(d direction) any { return d })
)

func followPageData(l list) func(direction) any {
	return func(d direction) any {
		return struct {
			list
			direction
		}{l, d}
	}
}
