package httpserver

import (
	"context"
	"net/netip"
	"time"

	"followgraph/graph/operation"
	"followgraph/internal/limit"
)

// SlotOptions limit how many operations run at once. A zero value means the default.
type SlotOptions struct {
	// Queries is how many queries are parsed, validated and run at once. The default is 16.
	Queries int
	// Wait is how long an operation waits for a slot at most. The default is 500 ms.
	Wait time.Duration
}

const (
	// queuePerSlot is how many operations wait per slot at most. That is enough for a burst, and few enough to limit
	// the memory of the waiting requests.
	queuePerSlot = 32
	// slotsPerFree is how many slots for queries, and for mutations, one network may hold for each free slot: 14 of 16.
	// So two slots are left for other networks, even if the operations of the first take long.
	slotsPerFree = 7
	// mutations is how many mutations run at once, in addition to queries: as many follows as are written together by
	// default, most of which wait for the statement before theirs.
	mutations = 128
	// signIns is how many sign-ins run at once, in addition to other operations. They wait for their turn to hash a
	// password, or because of too many attempts. Both waits have separate limits, and waiting takes only memory. So
	// sign-ins do not wait for a slot.
	signIns = 256
	// signInShare is how many of these slots one network may hold.
	signInShare = 32
	// signInsReserved slots are left to networks that hold none: sixty networks that take all they can leave some for
	// the next one. Filling all slots takes more than a hundred networks.
	signInsReserved = 128
)

// Slots limit how many operations run at once, separately for each workload class, so that no class can use up the
// slots of another. An operation holds a slot from the end of its request body to the beginning of its response: a
// client that sends or reads slowly holds none.
type Slots struct {
	gates map[operation.Workload]*limit.Gate
}

// NewSlots returns slots that are all free.
func NewSlots(load SlotOptions) *Slots {
	if load.Queries == 0 {
		load.Queries = 16
	}
	if load.Wait == 0 {
		load.Wait = 500 * time.Millisecond
	}
	return &Slots{map[operation.Workload]*limit.Gate{
		operation.WorkloadQuery: limit.NewGate(limit.GateOptions{
			Slots: load.Queries, Queue: queuePerSlot * load.Queries, Wait: load.Wait, Share: slotsPerFree,
		}),
		operation.WorkloadMutation: limit.NewGate(limit.GateOptions{
			Slots: max(mutations, load.Queries), Queue: max(mutations, load.Queries), Wait: load.Wait, Share: slotsPerFree,
		}),
		operation.WorkloadSignIn: limit.NewGate(limit.GateOptions{
			Slots: signIns, Wait: load.Wait, Share: 1, Reserve: signInsReserved, Most: signInShare,
		}),
	}}
}

// Load returns the load of one workload class.
func (s *Slots) Load(kind operation.Workload) limit.GateLoad { return s.gates[kind].Load() }

// check refuses an operation that would find the queue full, before the server reads the request.
func (s *Slots) check(ctx context.Context, from netip.Addr) error {
	return s.gates[operation.WorkloadQuery].Check(ctx, limit.Site(from))
}

// hold delays a refusal as long as that of an operation that waits for a slot in vain.
func (s *Slots) hold(ctx context.Context) { _ = s.gates[operation.WorkloadQuery].Refuse(ctx) }

// enter takes a slot for queries for an operation of unknown class: parsing and validating it is work too.
func (s *Slots) enter(ctx context.Context, from netip.Addr) (*slot, error) {
	gate, network := s.gates[operation.WorkloadQuery], limit.Site(from)
	if err := gate.Enter(ctx, network); err != nil {
		return nil, err
	}
	return &slot{of: s, gate: gate, network: network}, nil
}

// slot is the slot of one operation.
type slot struct {
	of      *Slots
	gate    *limit.Gate // nil if it was released
	network netip.Addr  // the site of the client
}

// moveTo moves the operation to a slot of its workload class. It releases the slot for queries before it waits.
func (s *slot) moveTo(ctx context.Context, kind operation.Workload) error {
	if kind == operation.WorkloadQuery {
		return nil
	}
	s.Release()
	gate := s.of.gates[kind]
	if err := gate.Enter(ctx, s.network); err != nil {
		return err
	}
	s.gate = gate
	return nil
}

// Release releases the slot, if there is one.
func (s *slot) Release() {
	if s.gate != nil {
		s.gate.Release(s.network)
		s.gate = nil
	}
}
