package zoo

import (
	"context"
	"fmt"
	"time"
)

// Keeper is held by pointer. Its id is a number.
type Keeper struct {
	origin
	ID     int
	Name   *string // nil breaks the schema
	Temper Mood
	Diet   *Diet
	Since  time.Time
	Place  Place
	Home   *Place
	Bag    map[string]any
	Kept   *Keeper
}

// Title is a method.
func (k *Keeper) Title() string { return k.words("title") }

// Salary is a method that fails at times.
func (k *Keeper) Salary() (*int, error) {
	return maybe(k.at("salary"), origin.int), k.at("salary").fail()
}

// Bonus is a method that panics at times.
func (k *Keeper) Bonus() int {
	if err := k.at("bonus").fail(); err != nil {
		panic(err)
	}
	return k.at("bonus").int()
}

// Badge is a method with arguments.
func (k *Keeper) Badge(style Mood, filter *KeeperFilter) *string {
	return maybe(k.at("badge"), func(origin) string { return fmt.Sprint(style, text(filter)) })
}

// Mentor is a method with a context.
func (k *Keeper) Mentor(ctx context.Context) (*Keeper, error) {
	return value(ctx, k.origin, origin.maybeKeeper)
}

// Favourite is a method that returns an interface.
func (k *Keeper) Favourite() (Being, error) {
	return k.at("favourite").being(), k.at("favourite").fail()
}

// Praised is a plain field under a directive.
func (k *Keeper) Praised() *string {
	return maybe(k.at("praised"), func(origin) string { return "praised" })
}

// Denied is a plain field under a directive.
func (k *Keeper) Denied() string { return "denied" }

// Rank is held by value.
type Rank struct {
	origin
	Name string
	Step int
}

// Place is held by value.
type Place struct {
	origin
	Name    string
	Spot    Spot
	Corners []Spot
	Inside  *Place
}

// Open is a method.
func (p *Place) Open() bool { return p.at("open").below(2) == 0 }

// Spot is held by value.
type Spot struct {
	origin
	X     int32
	Y     *int64
	Label *string
}

// Cell is held by value.
type Cell struct {
	origin
	At    string
	Value *int
	Spot  Spot
}

func (o origin) keeper() *Keeper {
	return &Keeper{
		origin: o, ID: o.below(1000), Name: maybe(o.at("name"), func(o origin) string { return o.words("name") }),
		Temper: o.at("temper").mood(), Diet: maybe(o.at("diet"), origin.diet), Since: o.at("since").moment(),
		Place: o.at("place").place(), Home: maybe(o.at("home"), origin.place), Bag: o.at("bag").bag(),
	}
}

func (o origin) maybeKeeper() *Keeper {
	if o.none("keeper") {
		return nil
	}
	return o.keeper()
}

func (o origin) place() Place {
	place := Place{
		origin: o, Name: o.words("place"), Spot: o.at("spot").spot(),
		Corners: listed(o.at("corners"), o.at("corners").below(3), origin.spot),
	}
	if o.at("inside").below(4) == 0 {
		inside := o.at("inside").place()
		place.Inside = &inside
	}
	return place
}

func (o origin) spot() Spot {
	return Spot{
		origin: o, X: int32(o.below(100)), Y: maybe(o.at("y"), func(o origin) int64 { return int64(o.number) }),
		Label: maybe(o.at("label"), func(o origin) string { return o.words("label") }),
	}
}

func (o origin) cell() Cell {
	return Cell{origin: o, At: o.words("cell"), Value: maybe(o.at("value"), origin.int), Spot: o.at("spot").spot()}
}

func (o origin) rank() Rank { return Rank{origin: o, Name: o.words("rank"), Step: o.below(7)} }

// bag holds its values in the types that gqlgen looks for, and at times in another.
func (o origin) bag() map[string]any {
	if o.none("bag") {
		return nil
	}
	bag := map[string]any{"label": o.words("bag"), "size": o.below(10), "spots": several(o, 2, origin.spot)}
	if o.at("inner").below(3) == 0 {
		bag["place"] = o.at("inner").place()
	}
	if o.in("broken", o.rates().Errors) {
		bag["label"] = 5
	}
	if !o.none("mood") {
		mood := o.mood()
		bag["mood"] = &mood
	}
	return bag
}
