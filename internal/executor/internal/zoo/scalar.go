package zoo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Token is a scalar that is written by functions.
type Token string

// MarshalToken writes a token.
func MarshalToken(t Token) graphql.Marshaler { return graphql.MarshalString("<" + string(t) + ">") }

// AppendToken appends what MarshalToken writes.
func AppendToken(buffer []byte, t Token) []byte {
	return append(append(append(buffer, `"<`...), t...), `>"`...)
}

// UnmarshalToken reads a token. It returns an error for "bad" and panics for "panic".
func UnmarshalToken(v any) (Token, error) {
	switch text, ok := v.(string); {
	case !ok:
		return "", fmt.Errorf("%T is no token", v)
	case text == "bad":
		return "", errors.New("a bad token")
	case text == "panic":
		panic("a token panics")
	default:
		return Token(text), nil
	}
}

// MarshalMoment writes a time. The zero time is null.
func MarshalMoment(t time.Time) graphql.Marshaler {
	if t.IsZero() {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, t.UTC().Format(`"2006-01-02T15:04:05Z"`)) })
}

// UnmarshalMoment reads a time.
func UnmarshalMoment(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("%T is no moment", v)
	}
	return time.Parse(time.RFC3339, text)
}

// Score is a scalar that implements graphql.ContextMarshaler.
type Score struct{ Points int }

// MarshalGQLContext writes the score. A score of 13 is an error.
func (s Score) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	if s.Points == 13 {
		return fmt.Errorf("a score of 13 at %s", graphql.GetPath(ctx))
	}
	_, err := io.WriteString(w, strconv.Itoa(s.Points))
	return err
}

// UnmarshalGQLContext reads a score.
func (s *Score) UnmarshalGQLContext(_ context.Context, v any) (err error) {
	s.Points, err = graphql.UnmarshalInt(v)
	return err
}

// Badge is a scalar that implements graphql.Marshaler.
type Badge struct{ Text string }

// MarshalGQL writes the badge.
func (b Badge) MarshalGQL(w io.Writer) { graphql.MarshalString("#" + b.Text).MarshalGQL(w) }

// UnmarshalGQL reads a badge.
func (b *Badge) UnmarshalGQL(v any) (err error) {
	b.Text, err = graphql.UnmarshalString(v)
	return err
}

// Code is a named string.
type Code string

// Diet is an enum that is bound to Go constants.
type Diet int

// The diets.
const (
	DietPlants Diet = iota + 1
	DietMeat
	DietEverything
)
