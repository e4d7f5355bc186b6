package httpserver

import (
	"context"
	"time"

	"followgraph/graph"
	"followgraph/internal/overload"
)

// Load bounds what runs at once. Zero values stand for the defaults.
type Load struct {
	// Queries is how many are parsed, validated and run at once, 16 by default.
	Queries int
	// Wait is how long an operation waits for its turn at most, half a second by default.
	Wait time.Duration
}

const (
	// queuePerPlace is how many operations wait for each that runs, at most: enough for a burst, and little enough that
	// what they hold meanwhile, which is their requests' bodies, stays small.
	queuePerPlace = 32
	// mutations is how many run at once, besides queries: as many follows as are written together by default, most of
	// which wait for the statement before theirs.
	mutations = 128
	// signIns is how many run at once, besides all else. They wait for their turn to hash a password, or because they
	// tried too often; both is bounded by itself, and waiting takes nothing but memory. So none of them waits here.
	signIns = 256
)

// Places are what operations run in, for each kind of work by itself, so that none of them fills the others'. An
// operation holds one from the end of its request's body to the beginning of its answer: a client that sends or reads
// slowly holds none.
type Places map[graph.Kind]*overload.Gate

// NewPlaces makes places that are free.
func NewPlaces(load Load) Places {
	if load.Queries == 0 {
		load.Queries = 16
	}
	if load.Wait == 0 {
		load.Wait = 500 * time.Millisecond
	}
	return Places{
		graph.Reading: overload.New(overload.Options{
			Places: load.Queries, Queue: queuePerPlace * load.Queries, Wait: load.Wait,
		}),
		graph.Writing: overload.New(overload.Options{
			Places: max(mutations, load.Queries), Queue: max(mutations, load.Queries), Wait: load.Wait,
		}),
		graph.SigningIn: overload.New(overload.Options{Places: signIns, Wait: load.Wait}),
	}
}

// place is where one operation runs. Every operation begins in one for queries, where it is parsed and validated, which
// is work as well; what turns out to be a mutation moves on.
type place struct {
	of   Places
	gate *overload.Gate // nil where the operation has none
}

// check refuses an operation that has no chance of running, before anything is done for it.
func (p Places) check(ctx context.Context) error { return p[graph.Reading].Check(ctx) }

func (p Places) enter(ctx context.Context) (*place, error) {
	gate := p[graph.Reading]
	if err := gate.Enter(ctx); err != nil {
		return nil, err
	}
	return &place{of: p, gate: gate}, nil
}

// moveTo takes a place for another kind of work. Where there is none at once, the one for queries is not held meanwhile.
func (p *place) moveTo(ctx context.Context, kind graph.Kind) error {
	to := p.of[kind]
	if to == p.gate {
		return nil
	}
	if !to.TryEnter() {
		p.leave()
		if err := to.Enter(ctx); err != nil {
			return err
		}
	}
	p.leave()
	p.gate = to
	return nil
}

// leave gives the place back, if it was not before.
func (p *place) leave() {
	if p.gate != nil {
		p.gate.Leave()
		p.gate = nil
	}
}
