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
type Luck struct {
	Seed                  uint64
	Errors, Panics, Nulls int
}

type luckKey struct{}

// WithLuck gives the operations of ctx their luck. Those without have that of seed 0, where nothing fails.
func WithLuck(ctx context.Context, luck Luck) context.Context {
	return context.WithValue(ctx, luckKey{}, &luck)
}

// origin is what a value follows from: the operation's luck, and the value's own number.
type origin struct {
	luck   *Luck
	number uint64
}

// rates is the luck, which objects that a test made lack.
func (o origin) rates() Luck {
	if o.luck == nil {
		return Luck{}
	}
	return *o.luck
}

// start is the origin of what an operation's root fields answer.
func start(ctx context.Context) origin {
	luck, ok := ctx.Value(luckKey{}).(*Luck)
	if !ok {
		luck = &Luck{}
	}
	return origin{luck: luck, number: luck.Seed}
}

// at is the origin of a part of the value.
func (o origin) at(part string) origin {
	number := o.number
	for i := range len(part) {
		number = (number ^ uint64(part[i])) * 1099511628211 // FNV-1a, whose low bits are not mixed well
	}
	number ^= number >> 29
	number *= 0xbf58476d1ce4e5b9
	return origin{luck: o.luck, number: number ^ number>>32}
}

// of is the origin of what the field that is being resolved answers.
func (o origin) of(ctx context.Context) origin {
	field := graphql.GetFieldContext(ctx)
	return o.at(field.Object + "." + field.Field.Alias + text(field.Args))
}

// below is a number from 0 on and less than n.
func (o origin) below(n int) int { return int(o.number % uint64(n)) }

// in tells whether one of a thousand, at a rate, is the origin's.
func (o origin) in(part string, rate int) bool { return o.at(part).below(1000) < rate }

// none tells whether a value is nil.
func (o origin) none(part string) bool { return o.in("nil "+part, o.rates().Nulls) }

// fail is what becomes of a value: nil mostly, else an error or a panic.
func (o origin) fail() error {
	if o.in("panic", o.rates().Panics) {
		if o.below(2) == 0 {
			panic(&json.UnsupportedValueError{Str: fmt.Sprint(o.number)}) // a fault need not be a text
		}
		panic(fmt.Sprintf("panic %x", o.number))
	}
	return o.err()
}

// err is fail without panics.
func (o origin) err() error {
	if !o.in("error", o.rates().Errors) {
		return nil
	}
	message := fmt.Sprintf("error %x", o.number)
	elsewhere := ast.Path{ast.PathName("elsewhere"), ast.PathIndex(3)}
	extensions := map[string]any{"code": "TEAPOT", "number": o.below(100)}
	switch o.at("kind").below(9) {
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
func value[T any](ctx context.Context, o origin, answer func(o origin) T) (T, error) {
	o = o.of(ctx)
	if err := o.fail(); err != nil {
		var none T
		return none, err
	}
	return answer(o), nil
}

// parent is what a batch resolver gets. gqlgen hands out nil ones too.
type parent interface {
	comparable
	from() origin
}

// batch is what a batch resolver returns: for each parent's origin what answer makes of the field's. It does not panic:
// which parent would have the panic is, in gqlgen, a matter of chance.
func batch[P parent, T any](ctx context.Context, parents []P, answer func(o origin) T) ([]T, error) {
	all := start(ctx).of(ctx)
	if err := all.at("batch").err(); err != nil && all.below(4) == 0 {
		return nil, err
	}
	var none P
	values := []T{}
	errs := graphql.BatchErrorList{}
	failed := false
	for _, parent := range parents {
		if parent == none {
			var value T
			values, errs = append(values, value), append(errs, nil)
			continue
		}
		o := parent.from().of(ctx)
		err := o.err()
		failed = failed || err != nil
		values, errs = append(values, answer(o)), append(errs, err)
	}
	if failed {
		return values, errs
	}
	return values, nil
}

func (o origin) from() origin { return o }

// several is a list of at most most elements.
func several[T any](o origin, most int, answer func(o origin) T) []T {
	list := []T{}
	for i := range o.at("length").below(max(1, most) + 1) {
		list = append(list, answer(o.at(fmt.Sprint(i))))
	}
	return list
}

// listed is several of exactly that many elements, or nil.
func listed[T any](o origin, length int, answer func(o origin) T) []T {
	if o.none("list") {
		return nil
	}
	list := []T{}
	for i := range min(length, 20) {
		list = append(list, answer(o.at(fmt.Sprint(i))))
	}
	return list
}

// maybe is a pointer to what answer makes, or nil.
func maybe[T any](o origin, answer func(o origin) T) *T {
	if o.none("value") {
		return nil
	}
	made := answer(o)
	return &made
}
