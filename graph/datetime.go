package graph

import (
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalDateTime writes a DateTime: RFC 3339 in UTC, to the microsecond, which is what PostgreSQL keeps.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(AppendDateTime(nil, t)) })
}

// AppendDateTime appends what MarshalDateTime writes; the compiled executor's tables call it.
func AppendDateTime(buffer []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(buffer, `"2006-01-02T15:04:05.999999Z07:00"`)
}

// UnmarshalDateTime reads a DateTime.
func UnmarshalDateTime(v any) (time.Time, error) {
	return graphql.UnmarshalTime(v)
}
