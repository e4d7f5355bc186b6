package zoo

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// Being is an interface.
type Being interface{ IsBeing() }

// Animal is an interface that implements another.
type Animal interface {
	Being
	IsAnimal()
}

// Housed is an interface.
type Housed interface{ IsHoused() }

// Exhibit is a union.
type Exhibit interface{ IsExhibit() }

// Common is what all beings have.
type Common struct {
	origin
	ID   string
	Name *string
	Home *Place
}

// IsBeing marks beings.
func (Common) IsBeing() {}

// IsExhibit marks exhibits.
func (Common) IsExhibit() {}

// Species fails at times.
func (c Common) Species() (string, error) {
	return c.words("species"), c.at("species").fail()
}

// Legs is a method.
func (c Common) Legs() int { return c.at("legs").below(5) }

// Mood panics at times.
func (c Common) Mood() *Mood {
	if err := c.at("mood").fail(); err != nil {
		panic(err)
	}
	return maybe(c.at("mood"), origin.mood)
}

// Dog is held by pointer.
type Dog struct {
	Common
	Tricks []string
}

// IsAnimal marks animals.
func (*Dog) IsAnimal() {}

// IsHoused marks what has a home.
func (*Dog) IsHoused() {}

// Cat is held by pointer or by value.
type Cat struct {
	Common
	Lives int
}

// IsAnimal marks animals.
func (Cat) IsAnimal() {}

// IsHoused marks what has a home.
func (Cat) IsHoused() {}

// Meow is a method with arguments.
func (c *Cat) Meow(times int) (string, error) {
	return strings.Repeat("meow", min(times, 9)), c.at("meow").fail()
}

// Prey is a method with a context.
func (c *Cat) Prey(ctx context.Context) ([]Animal, error) {
	return value(ctx, c.origin, func(o origin) []Animal { return listed(o, o.below(3), origin.animal) })
}

// Plant is held by value.
type Plant struct {
	Common
	Leaves [][]int
}

// Secret fails or panics at times.
func (p Plant) Secret() (string, error) { return "secret", p.at("secret").fail() }

// Rock is an exhibit that is no being.
type Rock struct {
	origin
	Weight *float64
	Place  Place
}

// IsExhibit marks exhibits.
func (*Rock) IsExhibit() {}

// Density is there only where it says so.
func (r *Rock) Density() (float64, bool) { return 2.5, !r.none("density") }

// Stranger is a being that the schema does not know.
type Stranger struct{ Common }

// IsAnimal marks animals.
func (Stranger) IsAnimal() {}

// Poster is a being that the schema does not know, and that writes itself.
type Poster struct{ Stranger }

// MarshalGQL writes the poster.
func (Poster) MarshalGQL(w io.Writer) { graphql.MarshalString("poster").MarshalGQL(w) }

func (o origin) common() Common {
	return Common{
		origin: o, ID: o.words("id"),
		Name: maybe(o.at("name"), func(o origin) string { return o.words("name") }),
		Home: maybe(o.at("home"), origin.place),
	}
}

func (o origin) dog() *Dog {
	return &Dog{Common: o.common(), Tricks: listed(o.at("tricks"), 2, func(o origin) string { return o.words("trick") })}
}

func (o origin) cat() Cat { return Cat{Common: o.common(), Lives: o.below(10)} }

func (o origin) plant() Plant {
	return Plant{Common: o.common(), Leaves: listed(o.at("leaves"), 2, func(o origin) []int { return listed(o, 2, origin.int) })}
}

func (o origin) animal() Animal {
	switch {
	case o.none("animal"):
		return nil
	case o.none("typed"):
		return (*Dog)(nil)
	case o.in("stranger", o.rates().Panics):
		return Stranger{Common: o.common()}
	case o.in("poster", o.rates().Nulls/4):
		return Poster{Stranger{Common: o.common()}}
	}
	switch o.at("animal").below(3) {
	case 0:
		return o.dog()
	case 1:
		cat := o.cat()
		return &cat
	default:
		return o.cat()
	}
}

func (o origin) being() Being {
	switch o.at("being").below(4) {
	case 0:
		return o.plant()
	case 1:
		plant := o.plant()
		return &plant
	default:
		return o.animal()
	}
}

func (o origin) exhibit() Exhibit {
	if o.at("exhibit").below(4) == 0 {
		return &Rock{origin: o, Weight: maybe(o.at("weight"), origin.float), Place: o.at("place").place()}
	}
	exhibit, _ := o.being().(Exhibit) // strangers are
	return exhibit
}

// errUnlucky is what the directive @refuse fails with.
var errUnlucky = errors.New("the directive refuses it")
