package graph

import (
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalDateTime returns a writer of a DateTime: RFC 3339 in UTC, in microseconds, the precision of PostgreSQL.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(AppendDateTime(nil, t)) })
}

// AppendDateTime appends what MarshalDateTime writes. The tables of the compiled executor call it.
func AppendDateTime(buffer []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(buffer, `"2006-01-02T15:04:05.999999Z07:00"`)
}

// UnmarshalDateTime returns the time of a DateTime. No input of the schema is a DateTime, but gqlgen requires the
// function for every scalar.
func UnmarshalDateTime(v any) (time.Time, error) {
	return graphql.UnmarshalTime(v)
}
