package ingest

import (
	"fmt"
	"iter"
	"time"

	"followgraph/internal/model"
)

// maxFirst is the number of rows that a dry run shows.
const maxFirst = 5

// peek appends descriptions of the first rows to first, if wanted is true.
func peek[T any](rows iter.Seq2[T, error], wanted bool, first *[]string, describe func(T) string) iter.Seq2[T, error] {
	if !wanted {
		return rows
	}
	return func(yield func(T, error) bool) {
		for row, err := range rows {
			if err == nil && len(*first) < maxFirst {
				*first = append(*first, describe(row))
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

func describeEdge(edge model.FollowRecord) string {
	return fmt.Sprintf("%q follows %q%s", edge.FollowerID, edge.FollowingID, since(edge.CreatedAt))
}

func describeUser(user model.UserRecord) string {
	text := fmt.Sprintf("%q", user.CognitoID)
	for _, optional := range userColumns {
		if value := *optional.field(&user); value != "" {
			text += fmt.Sprintf(", %s %q", optional.names[0], value)
		}
	}
	return text + since(user.CreatedAt)
}

func since(moment time.Time) string {
	if moment.IsZero() {
		return ""
	}
	return " since " + moment.Format(time.RFC3339Nano)
}
