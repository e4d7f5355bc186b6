package graph

import (
	"io"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalFloat returns a writer of a Float without an exponent: a count of millions is then a whole number for readers
// of any kind. JSON (RFC 8259, section 6) has no infinities; no value of the schema is one.
func MarshalFloat(f float64) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(strconv.AppendFloat(nil, f, 'f', -1, 64)) })
}

// UnmarshalFloat returns the number of a Float. No input of the schema is a Float, but gqlgen requires the function for
// every scalar.
func UnmarshalFloat(v any) (float64, error) {
	return graphql.UnmarshalFloat(v)
}
