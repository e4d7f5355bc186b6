// Package zoo is a schema with a field for everything that gqlgen can bind, for the tests of the compiled executor. The
// answers and faults of its resolvers depend only on a seed.
package zoo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Faults determine the answers of an operation: the seed of all values, and how many of 1,000 values are errors,
// panics, or nil where the schema allows it.
type Faults struct {
	Seed                  uint64
	Errors, Panics, Nulls int
}

type faultsKey struct{}

// WithFaults sets the faults of ctx's operations. Without, the seed is 0 and nothing fails.
func WithFaults(ctx context.Context, faults Faults) context.Context {
	return context.WithValue(ctx, faultsKey{}, &faults)
}

// seed determines a value: the faults of the operation, and a number.
type seed struct {
	faults *Faults
	number uint64
}

// rates returns the faults. Objects that a test created have none.
func (s seed) rates() Faults {
	if s.faults == nil {
		return Faults{}
	}
	return *s.faults
}

// rootSeed returns the seed of the operation's root fields.
func rootSeed(ctx context.Context) seed {
	faults, ok := ctx.Value(faultsKey{}).(*Faults)
	if !ok {
		faults = &Faults{}
	}
	return seed{faults: faults, number: faults.Seed}
}

// at returns the seed of a part of the value.
func (s seed) at(part string) seed {
	number := s.number
	for i := range len(part) {
		number = (number ^ uint64(part[i])) * 1099511628211 // FNV-1a; the lines below mix its low bits
	}
	number ^= number >> 29
	number *= 0xbf58476d1ce4e5b9
	return seed{faults: s.faults, number: number ^ number>>32}
}

// forField returns the seed of the field that is being resolved.
func (s seed) forField(ctx context.Context) seed {
	field := graphql.GetFieldContext(ctx)
	return s.at(field.Object + "." + field.Field.Alias + text(field.Args))
}

// intn returns a number from 0 to n-1.
func (s seed) intn(n int) int { return int(s.number % uint64(n)) }

// chance reports true at a rate per 1,000.
func (s seed) chance(part string, rate int) bool { return s.at(part).intn(1000) < rate }

// isNil reports whether a value is nil.
func (s seed) isNil(part string) bool { return s.chance("nil "+part, s.rates().Nulls) }

// fail returns nil or an error, or panics.
func (s seed) fail() error {
	if s.chance("panic", s.rates().Panics) {
		if s.intn(2) == 0 {
			panic(&json.UnsupportedValueError{Str: fmt.Sprint(s.number)}) // a panic value need not be a string
		}
		panic(fmt.Sprintf("panic %x", s.number))
	}
	return s.err()
}

// err returns nil or an error. It never panics.
func (s seed) err() error {
	if !s.chance("error", s.rates().Errors) {
		return nil
	}
	message := fmt.Sprintf("error %x", s.number)
	elsewhere := ast.Path{ast.PathName("elsewhere"), ast.PathIndex(3)}
	extensions := map[string]any{"code": "TEAPOT", "number": s.intn(100)}
	switch s.at("kind").intn(9) {
	case 0:
		return &gqlerror.Error{Message: message}
	case 1:
		return &gqlerror.Error{Message: message, Path: elsewhere}
	case 2:
		return &gqlerror.Error{Message: message, Extensions: extensions, Locations: []gqlerror.Location{{Line: 7, Column: 8}}}
	case 3:
		return gqlerror.List{{Message: message}, {Message: "another " + message, Path: elsewhere, Extensions: extensions}}
	case 4:
		return fmt.Errorf("wrapped: %w", &gqlerror.Error{Message: message, Extensions: extensions})
	case 5:
		return fmt.Errorf("wrapped: %w", errors.New(message))
	case 6:
		return errors.Join(errors.New("joined"), &gqlerror.Error{Message: message})
	case 7:
		return gqlerror.Wrap(errors.New(message))
	default:
		return errors.New(message)
	}
}

// value returns the result of a resolver: the value that answer returns for the field's seed, or an error.
func value[T any](ctx context.Context, s seed, answer func(s seed) T) (T, error) {
	s = s.forField(ctx)
	if err := s.fail(); err != nil {
		var isNil T
		return isNil, err
	}
	return answer(s), nil
}

// parent is a parent of a batch resolver. gqlgen passes nil parents too.
type parent interface {
	comparable
	from() seed
}

// batch returns the result of a batch resolver: the value that answer returns for each parent. It does not panic: in
// gqlgen, any one parent would get the panic.
func batch[P parent, T any](ctx context.Context, parents []P, answer func(s seed) T) ([]T, error) {
	all := rootSeed(ctx).forField(ctx)
	if err := all.at("batch").err(); err != nil && all.intn(4) == 0 {
		return nil, err
	}
	var isNil P
	values := []T{}
	errs := graphql.BatchErrorList{}
	failed := false
	for _, parent := range parents {
		if parent == isNil {
			var value T
			values, errs = append(values, value), append(errs, nil)
			continue
		}
		s := parent.from().forField(ctx)
		err := s.err()
		failed = failed || err != nil
		values, errs = append(values, answer(s)), append(errs, err)
	}
	if failed {
		return values, errs
	}
	return values, nil
}

func (s seed) from() seed { return s }

// listUpTo returns a list of at most most elements.
func listUpTo[T any](s seed, most int, answer func(s seed) T) []T {
	list := []T{}
	for i := range s.at("length").intn(max(1, most) + 1) {
		list = append(list, answer(s.at(fmt.Sprint(i))))
	}
	return list
}

// listOf returns a list of length elements, at most 20, or nil.
func listOf[T any](s seed, length int, answer func(s seed) T) []T {
	if s.isNil("list") {
		return nil
	}
	list := []T{}
	for i := range min(length, 20) {
		list = append(list, answer(s.at(fmt.Sprint(i))))
	}
	return list
}

// optional returns a pointer to the value that answer returns, or nil.
func optional[T any](s seed, answer func(s seed) T) *T {
	if s.isNil("value") {
		return nil
	}
	result := answer(s)
	return &result
}
