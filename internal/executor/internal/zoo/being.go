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

// Common holds the fields of all beings.
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

// Species returns an error for some seeds.
func (c Common) Species() (string, error) {
	return c.words("species"), c.at("species").fail()
}

// Legs is a method.
func (c Common) Legs() int { return c.at("legs").intn(5) }

// Mood panics for some seeds.
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

// IsHoused marks objects with a home.
func (*Dog) IsHoused() {}

// Cat is held by pointer or by value.
type Cat struct {
	Common
	Lives int
}

// IsAnimal marks animals.
func (Cat) IsAnimal() {}

// IsHoused marks objects with a home.
func (Cat) IsHoused() {}

// Meow is a method with arguments.
func (c *Cat) Meow(times int) (string, error) {
	return strings.Repeat("meow", min(times, 9)), c.at("meow").fail()
}

// Prey is a method with a context.
func (c *Cat) Prey(ctx context.Context) ([]Animal, error) {
	return value(ctx, c.seed, func(s seed) []Animal { return listOf(s, s.intn(3), seed.animal) })
}

// Plant is held by value.
type Plant struct {
	Common
	Leaves [][]int
}

// Secret returns an error or panics for some seeds.
func (p Plant) Secret() (string, error) { return "secret", p.at("secret").fail() }

// Rock is an exhibit but not a being.
type Rock struct {
	seed
	Weight *float64
	Place  Place
}

// IsExhibit marks exhibits.
func (*Rock) IsExhibit() {}

// Density reports whether it has a value.
func (r *Rock) Density() (float64, bool) { return 2.5, !r.isNil("density") }

// UnknownAnimal is an animal that is not in the schema.
type UnknownAnimal struct{ Common }

// IsAnimal marks animals.
func (UnknownAnimal) IsAnimal() {}

// MarshalerAnimal is an animal that is not in the schema and implements graphql.Marshaler.
type MarshalerAnimal struct{ UnknownAnimal }

// MarshalGQL writes the animal as a string.
func (MarshalerAnimal) MarshalGQL(w io.Writer) { graphql.MarshalString("poster").MarshalGQL(w) }

func (s seed) common() Common {
	return Common{
		seed: s, ID: s.words("id"),
		Name: optional(s.at("name"), func(s seed) string { return s.words("name") }),
		Home: optional(s.at("home"), seed.place),
	}
}

func (s seed) dog() *Dog {
	return &Dog{Common: s.common(), Tricks: listOf(s.at("tricks"), 2, func(s seed) string { return s.words("trick") })}
}

func (s seed) cat() Cat { return Cat{Common: s.common(), Lives: s.intn(10)} }

func (s seed) plant() Plant {
	return Plant{Common: s.common(), Leaves: listOf(s.at("leaves"), 2, func(s seed) []int { return listOf(s, 2, seed.int) })}
}

func (s seed) animal() Animal {
	switch {
	case s.isNil("animal"):
		return nil
	case s.isNil("typed"):
		return (*Dog)(nil)
	case s.chance("stranger", s.rates().Panics):
		return UnknownAnimal{Common: s.common()}
	case s.chance("poster", s.rates().Nulls/4):
		return MarshalerAnimal{UnknownAnimal{Common: s.common()}}
	}
	switch s.at("animal").intn(3) {
	case 0:
		return s.dog()
	case 1:
		cat := s.cat()
		return &cat
	default:
		return s.cat()
	}
}

func (s seed) being() Being {
	switch s.at("being").intn(4) {
	case 0:
		return s.plant()
	case 1:
		plant := s.plant()
		return &plant
	default:
		return s.animal()
	}
}

func (s seed) exhibit() Exhibit {
	if s.at("exhibit").intn(4) == 0 {
		return &Rock{seed: s, Weight: optional(s.at("weight"), seed.float), Place: s.at("place").place()}
	}
	exhibit, _ := s.being().(Exhibit) // unknown animals are exhibits too
	return exhibit
}

// errRefused is the error of the directive @refuse.
var errRefused = errors.New("the directive refuses it")
