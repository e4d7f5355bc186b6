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
	Total *int // elements of all pages; nil if they were not counted
}

// TotalCount returns the number of elements on all pages, nil if it is not known.
func (c *Connection) TotalCount() *int { return c.Total }

// NewConnection returns a page with these edges.
func NewConnection(edges []Edge, info page.Info) *Connection {
	return &Connection{Edges: edges, Nodes: appendNodes(make([]*User, 0, len(edges)), edges), Info: info}
}

// appendNodes appends the accounts of edges to nodes, and returns those that it appended.
func appendNodes(nodes []*User, edges []Edge) []*User {
	from := len(nodes)
	for i := range edges {
		if edges[i].Node != nil {
			nodes = append(nodes, edges[i].Node)
		}
	}
	return nodes[from:len(nodes):len(nodes)]
}

// Connections makes pages that share their memory.
type Connections struct {
	all   []Connection
	nodes []*User
}

// NewConnections returns memory for a number of pages, which have at most that many edges together.
func NewConnections(pages, edges int) *Connections {
	return &Connections{make([]Connection, 0, pages), make([]*User, 0, edges)}
}

// Add is NewConnection.
func (c *Connections) Add(edges []Edge, info page.Info) *Connection {
	nodes := appendNodes(c.nodes, edges)
	c.nodes = c.nodes[:len(c.nodes)+len(nodes)]
	c.all = append(c.all, Connection{Edges: edges, Nodes: nodes, Info: info})
	return &c.all[len(c.all)-1]
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

// TotalCount returns the number of elements on all pages, which is always known, from the owner's counts. The lookup of the owner must load
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
