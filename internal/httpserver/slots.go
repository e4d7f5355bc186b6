package httpserver

import (
	"context"
	"net/netip"
	"time"

	"followgraph/graph"
	"followgraph/internal/limit"
)

// SlotOptions bounds what runs at once. Zero values stand for the defaults.
type SlotOptions struct {
	// Queries is how many are parsed, validated and run at once, 16 by default.
	Queries int
	// Wait is how long an operation waits for its turn at most, half a second by default.
	Wait time.Duration
}

const (
	// queuePerSlot is how many operations wait for each that runs, at most: enough for a burst, and little enough that
	// what they hold meanwhile, which is their requests' bodies, stays small.
	queuePerSlot = 32
	// slotsPerFree is how many slots for queries, and for mutations, one network may have for each that is free: 14 of
	// 16, so that two are left for the next one, whatever the others take long over.
	slotsPerFree = 7
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

// Slots are what operations run in, for each kind of work by itself, so that none of them fills the others'. An
// operation holds one from the end of its request's body to the beginning of its answer: a client that sends or reads
// slowly holds none.
type Slots struct{ gates map[graph.Kind]*limit.Gate }

// NewSlots makes slots that are free.
func NewSlots(load SlotOptions) *Slots {
	if load.Queries == 0 {
		load.Queries = 16
	}
	if load.Wait == 0 {
		load.Wait = 500 * time.Millisecond
	}
	return &Slots{map[graph.Kind]*limit.Gate{
		graph.Reading: limit.NewGate(limit.GateOptions{
			Slots: load.Queries, Queue: queuePerSlot * load.Queries, Wait: load.Wait, Share: slotsPerFree,
		}),
		graph.Writing: limit.NewGate(limit.GateOptions{
			Slots: max(mutations, load.Queries), Queue: max(mutations, load.Queries), Wait: load.Wait, Share: slotsPerFree,
		}),
		graph.SigningIn: limit.NewGate(limit.GateOptions{
			Slots: signIns, Wait: load.Wait, Share: 1, Reserve: signInsReserved, Most: signInShare,
		}),
	}}
}

// Load tells what there is to do of one kind.
func (p *Slots) Load(kind graph.Kind) limit.GateLoad { return p.gates[kind].Load() }

// check refuses an operation that has no chance of running, before anything is done for it.
func (p *Slots) check(ctx context.Context, from netip.Addr) error {
	return p.gates[graph.Reading].Check(ctx, limit.Site(from))
}

// hold keeps a request that is refused waiting for as long as one that waits for a slot in vain.
func (p *Slots) hold(ctx context.Context) { _ = p.gates[graph.Reading].Refuse(ctx) }

// enter takes a slot for an operation of which nothing is known yet: one for queries, in which it is parsed and
// validated, which is work as well.
func (p *Slots) enter(ctx context.Context, from netip.Addr) (*slot, error) {
	gate, network := p.gates[graph.Reading], limit.Site(from)
	if err := gate.Enter(ctx, network); err != nil {
		return nil, err
	}
	return &slot{of: p, gate: gate, network: network}, nil
}

// slot is where one operation runs.
type slot struct {
	of      *Slots
	gate    *limit.Gate // nil where it has none
	network netip.Addr  // that the operation comes from, for IPv6 with all networks of its site
}

// moveTo takes a slot for the kind of work that the operation has turned out to be. The one for queries is not held
// meanwhile.
func (p *slot) moveTo(ctx context.Context, kind graph.Kind) error {
	if kind == graph.Reading {
		return nil
	}
	p.Release()
	gate := p.of.gates[kind]
	if err := gate.Enter(ctx, p.network); err != nil {
		return err
	}
	p.gate = gate
	return nil
}

// Release gives back what the operation holds, if anything.
func (p *slot) Release() {
	if p.gate != nil {
		p.gate.Release(p.network)
		p.gate = nil
	}
}
