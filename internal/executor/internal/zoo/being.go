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
	seed
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
func (c Common) Legs() int { return c.at("legs").intn(5) }

// Mood panics at times.
func (c Common) Mood() *Mood {
	if err := c.at("mood").fail(); err != nil {
		panic(err)
	}
	return optional(c.at("mood"), seed.mood)
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
	return value(ctx, c.seed, func(o seed) []Animal { return listOf(o, o.intn(3), seed.animal) })
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
	seed
	Weight *float64
	Place  Place
}

// IsExhibit marks exhibits.
func (*Rock) IsExhibit() {}

// Density is there only where it says so.
func (r *Rock) Density() (float64, bool) { return 2.5, !r.isNil("density") }

// Stranger is a being that the schema does not know.
type UnknownAnimal struct{ Common }

// IsAnimal marks animals.
func (UnknownAnimal) IsAnimal() {}

// Poster is a being that the schema does not know, and that writes itself.
type MarshalerAnimal struct{ UnknownAnimal }

// MarshalGQL writes the poster.
func (MarshalerAnimal) MarshalGQL(w io.Writer) { graphql.MarshalString("poster").MarshalGQL(w) }

func (o seed) common() Common {
	return Common{
		seed: o, ID: o.words("id"),
		Name: optional(o.at("name"), func(o seed) string { return o.words("name") }),
		Home: optional(o.at("home"), seed.place),
	}
}

func (o seed) dog() *Dog {
	return &Dog{Common: o.common(), Tricks: listOf(o.at("tricks"), 2, func(o seed) string { return o.words("trick") })}
}

func (o seed) cat() Cat { return Cat{Common: o.common(), Lives: o.intn(10)} }

func (o seed) plant() Plant {
	return Plant{Common: o.common(), Leaves: listOf(o.at("leaves"), 2, func(o seed) []int { return listOf(o, 2, seed.int) })}
}

func (o seed) animal() Animal {
	switch {
	case o.isNil("animal"):
		return nil
	case o.isNil("typed"):
		return (*Dog)(nil)
	case o.chance("stranger", o.rates().Panics):
		return UnknownAnimal{Common: o.common()}
	case o.chance("poster", o.rates().Nulls/4):
		return MarshalerAnimal{UnknownAnimal{Common: o.common()}}
	}
	switch o.at("animal").intn(3) {
	case 0:
		return o.dog()
	case 1:
		cat := o.cat()
		return &cat
	default:
		return o.cat()
	}
}

func (o seed) being() Being {
	switch o.at("being").intn(4) {
	case 0:
		return o.plant()
	case 1:
		plant := o.plant()
		return &plant
	default:
		return o.animal()
	}
}

func (o seed) exhibit() Exhibit {
	if o.at("exhibit").intn(4) == 0 {
		return &Rock{seed: o, Weight: optional(o.at("weight"), seed.float), Place: o.at("place").place()}
	}
	exhibit, _ := o.being().(Exhibit) // strangers are
	return exhibit
}

// errUnlucky is what the directive @refuse fails with.
var errRefused = errors.New("the directive refuses it")
