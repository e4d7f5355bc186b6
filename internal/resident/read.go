package resident

import (
	"followgraph/internal/model"
	"followgraph/internal/page"
	"followgraph/internal/timestamp"
)

// User returns an account by Cognito id, nil if there is none.
func (v *Version) User(cognitoID string) *model.User {
	n := v.find(cognitoID)
	if n.account == nil {
		return nil
	}
	return &n.account.User
}

// FollowPage appends the edges of a page of followers or following to edges.
func (v *Version) FollowPage(key model.ConnectionKey, edges []model.Edge) []model.Edge {
	n := v.find(key.User)
	l := n.followers
	if key.Kind == page.Following {
		l = n.following
	}
	most := key.Page.Fetch()
	visit := func(e entry) bool {
		other := v.node(e.other)
		edge := model.Edge{
			Position: page.Cursor{Kind: key.Kind, At: e.at().UnixMicro(), ID: e.id()},
			UserID:   other.id,
		}
		if key.Projection.Users && other.account != nil {
			edge.Node = &other.account.User
		}
		edges = append(edges, edge)
		most--
		return most > 0
	}
	if key.Page.Backward {
		from := newEntry(0, timestamp.NegativeInfinity, -1<<63)
		if key.Page.HasCursor {
			from = newEntry(0, key.Page.Cursor.Timestamp(), key.Page.Cursor.ID)
		}
		l.ascend(from, byTime, visit)
		return edges
	}
	from := newEntry(0, timestamp.Infinity, 1<<63-1)
	if key.Page.HasCursor {
		from = newEntry(0, key.Page.Cursor.Timestamp(), key.Page.Cursor.ID)
	}
	l.descend(from, byTime, visit)
	return edges
}
