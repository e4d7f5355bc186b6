package model

import (
	"errors"
	"time"

	"followgraph/internal/page"
)

// Edge is one element of a connection.
type Edge struct {
	Position page.Cursor
	UserID   string // Cognito id of the element
	Node     *User  // nil if there is no account with the id
}

// Cursor returns the position after the edge.
func (e Edge) Cursor() string { return e.Position.String() }

// FollowedAt returns the start of a follow. It is valid only in pages of followers and following.
func (e Edge) FollowedAt() time.Time { return e.Position.Time() }

// Connection is a page of users (Relay, GraphQL Cursor Connections). The callers of a loader share pages, so they must
// not change one.
type Connection struct {
	Edges []Edge
	Nodes []*User // accounts of the edges, without edges that have none
	Info  page.Info
}

// NewConnection returns a page with these edges.
func NewConnection(edges []Edge, info page.Info) *Connection {
	accounts := 0
	for _, edge := range edges {
		if edge.Node != nil {
			accounts++
		}
	}
	nodes := make([]*User, 0, accounts)
	for _, edge := range edges {
		if edge.Node != nil {
			nodes = append(nodes, edge.Node)
		}
	}
	return &Connection{Edges: edges, Nodes: nodes, Info: info}
}

// PageInfo returns the pagination information.
func (c *Connection) PageInfo() PageInfo {
	info := PageInfo{HasNextPage: c.Info.HasNextPage, HasPreviousPage: c.Info.HasPreviousPage}
	if n := len(c.Edges); n > 0 {
		start, end := c.Edges[0].Cursor(), c.Edges[n-1].Cursor()
		info.StartCursor, info.EndCursor = &start, &end
	}
	return info
}

// PageInfo is Relay's PageInfo.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// FollowConnection is a page of a user's followers or following.
type FollowConnection struct {
	*Connection
	Owner *User
	Kind  page.Kind
}

// TotalCount returns the number of elements on all pages, from the owner's counts. The lookup of the owner must load
// its counts if a query selects totalCount. If they are missing, TotalCount returns an error, never a wrong number.
func (c *FollowConnection) TotalCount() (int, error) {
	switch {
	case c.Owner.Stats == nil:
		return 0, errors.New("totalCount: the owner's counts were not loaded")
	case c.Kind == page.Followers:
		return c.Owner.Stats.FollowersCount, nil
	default:
		return c.Owner.Stats.FollowingsCount, nil
	}
}
