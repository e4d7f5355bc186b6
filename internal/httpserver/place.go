package httpserver

import (
	"context"
	"net/netip"
	"time"

	"followgraph/graph"
	"followgraph/internal/limit"
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
	// placesPerFree is how many places for queries, and for mutations, one network may have for each that is free: 14 of
	// 16, so that two are left for the next one, whatever the others take long over.
	placesPerFree = 7
	// mutations is how many run at once, besides queries: as many follows as are written together by default, most of
	// which wait for the statement before theirs.
	mutations = 128
	// signIns is how many run at once, besides all else. They wait for their turn to hash a password, or because they
	// tried too often; both is bounded by itself, and waiting takes nothing but memory. So none of them waits here.
	signIns = 256
	// signInShare is how many of these one network may have.
	signInShare = 32
	// signInsReserved are left to networks that have none: sixty networks that want all they can get leave some for the
	// next one, and it takes more than a hundred to fill them.
	signInsReserved = 128
)

// Places are what operations run in, for each kind of work by itself, so that none of them fills the others'. An
// operation holds one from the end of its request's body to the beginning of its answer: a client that sends or reads
// slowly holds none.
type Places struct{ gates map[graph.Kind]*limit.Gate }

// NewPlaces makes places that are free.
func NewPlaces(load Load) *Places {
	if load.Queries == 0 {
		load.Queries = 16
	}
	if load.Wait == 0 {
		load.Wait = 500 * time.Millisecond
	}
	return &Places{map[graph.Kind]*limit.Gate{
		graph.Reading: limit.NewGate(limit.GateOptions{
			Places: load.Queries, Queue: queuePerPlace * load.Queries, Wait: load.Wait, Share: placesPerFree,
		}),
		graph.Writing: limit.NewGate(limit.GateOptions{
			Places: max(mutations, load.Queries), Queue: max(mutations, load.Queries), Wait: load.Wait, Share: placesPerFree,
		}),
		graph.SigningIn: limit.NewGate(limit.GateOptions{
			Places: signIns, Wait: load.Wait, Share: 1, Reserve: signInsReserved, Most: signInShare,
		}),
	}}
}

// Load tells what there is to do of one kind.
func (p *Places) Load(kind graph.Kind) limit.GateLoad { return p.gates[kind].Load() }

// check refuses an operation that has no chance of running, before anything is done for it.
func (p *Places) check(ctx context.Context, from netip.Addr) error {
	return p.gates[graph.Reading].Check(ctx, limit.Site(from))
}

// hold keeps a request that is refused waiting for as long as one that waits for a place in vain.
func (p *Places) hold(ctx context.Context) { _ = p.gates[graph.Reading].Refuse(ctx) }

// enter takes a place for an operation of which nothing is known yet: one for queries, in which it is parsed and
// validated, which is work as well.
func (p *Places) enter(ctx context.Context, from netip.Addr) (*place, error) {
	gate, network := p.gates[graph.Reading], limit.Site(from)
	if err := gate.Enter(ctx, network); err != nil {
		return nil, err
	}
	return &place{of: p, gate: gate, network: network}, nil
}

// place is where one operation runs.
type place struct {
	of      *Places
	gate    *limit.Gate // nil where it has none
	network netip.Addr  // that the operation comes from, for IPv6 with all networks of its site
}

// moveTo takes a place for the kind of work that the operation has turned out to be. The one for queries is not held
// meanwhile.
func (p *place) moveTo(ctx context.Context, kind graph.Kind) error {
	if kind == graph.Reading {
		return nil
	}
	p.leave()
	gate := p.of.gates[kind]
	if err := gate.Enter(ctx, p.network); err != nil {
		return err
	}
	p.gate = gate
	return nil
}

// leave gives back what the operation holds, if anything.
func (p *place) leave() {
	if p.gate != nil {
		p.gate.Leave(p.network)
		p.gate = nil
	}
}
