package graph

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalDateTime writes a DateTime: RFC 3339 in UTC, to the microsecond, which is what PostgreSQL keeps.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.MarshalString(t.UTC().Format("2006-01-02T15:04:05.999999Z07:00"))
}

// UnmarshalDateTime reads a DateTime.
func UnmarshalDateTime(v any) (time.Time, error) {
	return graphql.UnmarshalTime(v)
}
