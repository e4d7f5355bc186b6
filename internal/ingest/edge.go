package ingest

import (
	"followgraph/internal/model"
)

var edgeColumns = []column{{[]string{"follower_id"}}, {[]string{"following_id"}}}

// edgeParser reads the columns follower_id, following_id and created_at or epoch_seconds, in any order.
func edgeParser(header [][]byte) (func([][]byte) (model.FollowRecord, Cause), error) {
	positions, err := locate(header, edgeColumns)
	if err != nil {
		return nil, err
	}
	for i, wanted := range edgeColumns {
		if positions[i] == absent {
			return nil, missing(wanted.names[0], header)
		}
	}
	created, err := locateTime(header)
	if err != nil {
		return nil, err
	}
	follower, following := positions[0], positions[1]

	return func(fields [][]byte) (model.FollowRecord, Cause) {
		edge := model.FollowRecord{FollowerID: string(fields[follower]), FollowingID: string(fields[following])}
		if cause := checkID(edge.FollowerID); cause != "" {
			return edge, cause
		}
		if cause := checkID(edge.FollowingID); cause != "" {
			return edge, cause
		}
		if edge.FollowerID == edge.FollowingID {
			return edge, SelfFollow
		}
		var cause Cause
		if created.position != absent {
			edge.CreatedAt, cause = created.parse(string(fields[created.position]))
		}
		return edge, cause
	}, nil
}
