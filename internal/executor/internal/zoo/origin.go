// Package zoo is a schema with one of everything that gqlgen can bind, for the tests of the compiled executor. What its
// resolvers answer, and where they fail, follows from a seed alone.
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

// Luck is what an operation's answers follow from. The rates say how many of a thousand values fail, panic, or are nil
// where they can be.
type Faults struct {
	Seed                  uint64
	Errors, Panics, Nulls int
}

type faultsKey struct{}

// WithLuck gives the operations of ctx their luck. Those without have that of seed 0, where nothing fails.
func WithFaults(ctx context.Context, faults Faults) context.Context {
	return context.WithValue(ctx, faultsKey{}, &faults)
}

// origin is what a value follows from: the operation's luck, and the value's own number.
type seed struct {
	faults *Faults
	number uint64
}

// rates is the luck, which objects that a test made lack.
func (o seed) rates() Faults {
	if o.faults == nil {
		return Faults{}
	}
	return *o.faults
}

// start is the origin of what an operation's root fields answer.
func rootSeed(ctx context.Context) seed {
	faults, ok := ctx.Value(faultsKey{}).(*Faults)
	if !ok {
		faults = &Faults{}
	}
	return seed{faults: faults, number: faults.Seed}
}

// at is the origin of a part of the value.
func (o seed) at(part string) seed {
	number := o.number
	for i := range len(part) {
		number = (number ^ uint64(part[i])) * 1099511628211 // FNV-1a, whose low bits are not mixed well
	}
	number ^= number >> 29
	number *= 0xbf58476d1ce4e5b9
	return seed{faults: o.faults, number: number ^ number>>32}
}

// of is the origin of what the field that is being resolved answers.
func (o seed) forField(ctx context.Context) seed {
	field := graphql.GetFieldContext(ctx)
	return o.at(field.Object + "." + field.Field.Alias + text(field.Args))
}

// below is a number from 0 on and less than n.
func (o seed) intn(n int) int { return int(o.number % uint64(n)) }

// in tells whether one of a thousand, at a rate, is the origin's.
func (o seed) chance(part string, rate int) bool { return o.at(part).intn(1000) < rate }

// none tells whether a value is nil.
func (o seed) isNil(part string) bool { return o.chance("nil "+part, o.rates().Nulls) }

// fail is what becomes of a value: nil mostly, else an error or a panic.
func (o seed) fail() error {
	if o.chance("panic", o.rates().Panics) {
		if o.intn(2) == 0 {
			panic(&json.UnsupportedValueError{Str: fmt.Sprint(o.number)}) // a fault need not be a text
		}
		panic(fmt.Sprintf("panic %x", o.number))
	}
	return o.err()
}

// err is fail without panics.
func (o seed) err() error {
	if !o.chance("error", o.rates().Errors) {
		return nil
	}
	message := fmt.Sprintf("error %x", o.number)
	elsewhere := ast.Path{ast.PathName("elsewhere"), ast.PathIndex(3)}
	extensions := map[string]any{"code": "TEAPOT", "number": o.intn(100)}
	switch o.at("kind").intn(9) {
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

// value is what a resolver returns: what answer makes of the field's origin, unless that fails.
func value[T any](ctx context.Context, o seed, answer func(o seed) T) (T, error) {
	o = o.forField(ctx)
	if err := o.fail(); err != nil {
		var isNil T
		return isNil, err
	}
	return answer(o), nil
}

// parent is what a batch resolver gets. gqlgen hands out nil ones too.
type parent interface {
	comparable
	from() seed
}

// batch is what a batch resolver returns: for each parent's origin what answer makes of the field's. It does not panic:
// which parent would have the panic is, in gqlgen, a matter of chance.
func batch[P parent, T any](ctx context.Context, parents []P, answer func(o seed) T) ([]T, error) {
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
		o := parent.from().forField(ctx)
		err := o.err()
		failed = failed || err != nil
		values, errs = append(values, answer(o)), append(errs, err)
	}
	if failed {
		return values, errs
	}
	return values, nil
}

func (o seed) from() seed { return o }

// several is a list of at most most elements.
func listUpTo[T any](o seed, most int, answer func(o seed) T) []T {
	list := []T{}
	for i := range o.at("length").intn(max(1, most) + 1) {
		list = append(list, answer(o.at(fmt.Sprint(i))))
	}
	return list
}

// listed is several of exactly that many elements, or nil.
func listOf[T any](o seed, length int, answer func(o seed) T) []T {
	if o.isNil("list") {
		return nil
	}
	list := []T{}
	for i := range min(length, 20) {
		list = append(list, answer(o.at(fmt.Sprint(i))))
	}
	return list
}

// maybe is a pointer to what answer makes, or nil.
func optional[T any](o seed, answer func(o seed) T) *T {
	if o.isNil("value") {
		return nil
	}
	result := answer(o)
	return &result
}
