package ingest

import (
	"strings"

	"followgraph/internal/model"
)

// The columns of a file of edges.
const (
	edgeFollower = iota
	edgeFollowing
	edgeCreatedAt
	edgeEpoch
	edgeType
)

var edgeSchema = schema{
	columns: []column{
		{names: []string{"follower_id"}, keys: []string{"follower"}, isID: true},
		{names: []string{"following_id"}, keys: []string{"following"}, isID: true},
		{names: []string{"created_at"}},
		{names: []string{"epoch_seconds"}},
		{names: []string{"Type", "type"}}, // Gephi's: Directed or Undirected
	},
	isGraph: true,
	least:   2,
	example: "follower=1,following=2",
	missing: func(positions []int) string {
		switch {
		case positions[edgeFollower] == absent:
			return "follower_id"
		case positions[edgeFollowing] == absent:
			return "following_id"
		}
		return ""
	},
}

// edgeParser returns a function that parses the columns of edgeSchema.
func edgeParser(p plan) (func([][]byte) (model.FollowRecord, *fault), *timeParser, error) {
	timed, times, err := timeColumn(p, edgeCreatedAt, edgeEpoch)
	if err != nil {
		return nil, nil, err
	}
	follower, following, kind := p.positions[edgeFollower], p.positions[edgeFollowing], p.positions[edgeType]
	delimiter := p.delimiter

	return func(fields [][]byte) (edge model.FollowRecord, bad *fault) {
		if edge.FollowerID, bad = parseID(fields[follower], delimiter); bad != nil {
			return edge, bad
		}
		if edge.FollowingID, bad = parseID(fields[following], delimiter); bad != nil {
			return edge, bad
		}
		if edge.FollowerID == edge.FollowingID {
			return edge, &fault{SelfFollow, edge.FollowerID}
		}
		if kind != absent && isUndirected(string(clean(fields[kind]))) {
			return edge, &fault{cause: UndirectedEdge}
		}
		if timed != absent {
			edge.CreatedAt, bad = times.parse(fields[timed])
		}
		return edge, bad
	}, times, nil
}

func isUndirected(kind string) bool {
	return strings.EqualFold(kind, "undirected") || strings.EqualFold(kind, "mutual")
}
