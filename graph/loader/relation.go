package loader

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/graph-gophers/dataloader/v7"

	"followgraph/internal/observe"
)

// relation batches and caches the lookups of one kind within one operation. The calls that arrive before the dispatcher
// sends them are one batch. relation uses the batch functions, results and thunks of dataloader, but the dispatcher
// decides when a batch is complete. dataloader's own loader would wait for a timer, split a wide level, and need two
// goroutines for each batch and a channel for each key. A batch runs in the goroutine of the call that completes it:
// waking another goroutine costs as much as the rest of a small batch, except for its statement.
//
// A call comes from one resolver, with the keys of all users of a level. A batch fetches each key once, and no key that
// the operation has fetched before.
type relation[K comparable, V any] struct {
	dispatcher *dispatcher
	name       string // for observers and the log
	fetch      func(context.Context, []K) ([]V, error)

	mu      sync.Mutex
	open    *batch[K, V] // the batch that calls join, nil if there is none
	slots   []slot[K, V] // one for each key that was needed
	indexes map[K]int32  // of the slots of keys; nil while there are at most scanLength
	fetches int          // how many fetches have begun
	ahead   []K          // keys to fetch before a call needs them
}

// slot has the value of one key.
type slot[K comparable, V any] struct {
	key     K
	value   V
	isKnown bool
	fetch   int // the number of the last fetch that needed the key
}

// scanLength is the number of slots up to which a key is compared with all of them. A map costs more.
const scanLength = 8

// call is the keys of one caller. Its values are in the order of the keys.
type call[K comparable, V any] struct {
	keys   []K
	slots  []int32 // of the keys, once they are fetched
	values dataloader.Thunk[[]V]
}

// missing are the keys of a fetch, with the indexes of their slots.
type missing[K comparable] struct {
	keys  []K
	slots []int32
}

// batch is a group of calls that are fetched together.
type batch[K comparable, V any] struct {
	of     *relation[K, V]
	calls  []*call[K, V]
	weight int           // of the calls, see dispatcher.weight
	sent   chan struct{} // closed once the calls have their values
}

// begin initializes a zero relation for the operation of d.
func (r *relation[K, V]) begin(d *dispatcher, name string, fetch func(context.Context, []K) ([]V, error)) {
	r.dispatcher, r.name, r.fetch = d, name, fetch
}

// load looks up keys in one batch with the other calls of the level. It counts as that many lookups, which must be
// announced and which the caller settles. It returns the error of ctx if ctx ends first. Known keys also wait for their
// wave, so that lookups below them do not come before the rest of their level.
func (r *relation[K, V]) load(ctx context.Context, lookups int, keys ...K) ([]V, error) {
	weight := r.dispatcher.weight(lookups)
	r.mu.Lock()
	mine := &call[K, V]{keys: keys}
	joined, isNew := r.join(mine, weight)
	r.mu.Unlock()
	if isNew {
		r.dispatcher.wait(weight, joined)
	} else {
		r.dispatcher.wait(weight, nil)
	}
	select {
	case <-joined.sent:
		return mine.values()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// join adds a call to the open batch. isNew reports whether it opened the batch. The caller holds r.mu.
func (r *relation[K, V]) join(added *call[K, V], weight int) (joined *batch[K, V], isNew bool) {
	if isNew = r.open == nil; isNew {
		r.open = &batch[K, V]{of: r, sent: make(chan struct{})}
	}
	r.open.calls = append(r.open.calls, added)
	r.open.weight += weight
	return r.open, isNew
}

// relation returns the name of the relation.
func (b *batch[K, V]) relation() string { return b.of.name }

// seal closes the batch: further calls join the next one.
func (b *batch[K, V]) seal() {
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	b.of.open = nil
}

// send fetches the batch, which must be sealed.
func (b *batch[K, V]) send() {
	results := b.of.batchFunc(b.weight)(b.of.dispatcher.ctx, b.calls)
	for i, call := range b.calls {
		result := results[i]
		call.values = func() ([]V, error) { return result.Data, result.Error }
	}
	close(b.sent)
}

// batchFunc returns the batch function. If it fails, every call gets the error.
func (r *relation[K, V]) batchFunc(weight int) dataloader.BatchFunc[*call[K, V], []V] {
	return func(ctx context.Context, calls []*call[K, V]) []*dataloader.Result[[]V] {
		defer r.dispatcher.fetched(weight)
		err := r.fetchUnknown(ctx, calls)
		results := make([]*dataloader.Result[[]V], len(calls))
		r.mu.Lock()
		defer r.mu.Unlock()
		for i, call := range calls {
			results[i] = &dataloader.Result[[]V]{Error: err}
			if err == nil {
				results[i].Data = r.valuesOf(call)
			}
		}
		return results
	}
}

// fetchUnknown fetches the keys of calls that are not known. It turns a panic into an error.
func (r *relation[K, V]) fetchUnknown(ctx context.Context, calls []*call[K, V]) (err error) {
	missing := r.missing(calls)
	switch {
	case len(missing.keys) == 0:
		return nil
	case r.dispatcher.isStopped():
		return errStopped
	}
	event, observer := observe.Batch{Relation: r.name, Keys: len(missing.keys)}, r.dispatcher.observer
	ctx = observer.BatchBegins(ctx, event)
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic in a batch: %v\n%s", fault, debug.Stack())
		}
		observer.BatchEnds(ctx, event, err)
	}()
	values, err := r.fetch(ctx, missing.keys)
	if err != nil {
		return err
	}
	r.remember(missing, values)
	return nil
}

// within looks up keys at once, for the batch function of another relation. So two consecutive lookups count as one for
// their caller: a resolver that waited a second time would block its whole wave.
func (r *relation[K, V]) within(ctx context.Context, keys []K) ([]V, error) {
	mine := &call[K, V]{keys: keys}
	if err := r.fetchUnknown(ctx, []*call[K, V]{mine}); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.valuesOf(mine), nil
}

// remember stores the values of the first keys. values may be shorter than keys.
func (r *relation[K, V]) remember(fetched missing[K], values []V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, value := range values {
		slot := &r.slots[fetched.slots[i]]
		slot.value, slot.isKnown = value, true
	}
}

// valuesOf returns the values of a call whose keys are fetched. The caller holds r.mu.
func (r *relation[K, V]) valuesOf(call *call[K, V]) []V {
	values := make([]V, len(call.slots))
	for i, at := range call.slots {
		values[i] = r.slots[at].value
	}
	return values
}

// foresee adds keys to those that foreseen returns.
func (r *relation[K, V]) foresee(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead = append(r.ahead, key)
}

// foreseen removes and returns the keys of foresee, without duplicates and known keys.
func (r *relation[K, V]) foreseen() missing[K] {
	r.mu.Lock()
	keys := r.ahead
	r.ahead = nil
	r.mu.Unlock()
	if keys == nil {
		return missing[K]{}
	}
	return r.missing([]*call[K, V]{{keys: keys}})
}

// missing sets the slots of calls, and returns their keys that are not known, without duplicates. Two batches may fetch
// one key at the same time, see within.
func (r *relation[K, V]) missing(calls []*call[K, V]) (unknown missing[K]) {
	total := 0
	for _, call := range calls {
		total += len(call.keys)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fetches++
	r.reserve(total)
	unknown = missing[K]{make([]K, 0, total), make([]int32, 0, total)}
	for _, call := range calls {
		call.slots = make([]int32, len(call.keys))
		for i, key := range call.keys {
			at := r.slotOf(key)
			call.slots[i] = at
			if slot := &r.slots[at]; !slot.isKnown && slot.fetch != r.fetches {
				slot.fetch = r.fetches
				unknown.keys, unknown.slots = append(unknown.keys, key), append(unknown.slots, at)
			}
		}
	}
	return unknown
}

// reserve makes room for more slots. The caller holds r.mu.
func (r *relation[K, V]) reserve(more int) {
	all := len(r.slots) + more
	r.slots = slices.Grow(r.slots, more)
	if all <= scanLength || r.indexes != nil && all <= 2*len(r.indexes) {
		return
	}
	r.indexes = make(map[K]int32, all)
	for i := range r.slots {
		r.indexes[r.slots[i].key] = int32(i)
	}
}

// slotOf returns the index of the slot of a key. The caller holds r.mu.
func (r *relation[K, V]) slotOf(key K) int32 {
	if r.indexes == nil {
		for i := range r.slots {
			if r.slots[i].key == key {
				return int32(i)
			}
		}
	} else if at, ok := r.indexes[key]; ok {
		return at
	}
	at := int32(len(r.slots))
	r.slots = append(r.slots, slot[K, V]{key: key})
	if r.indexes != nil {
		r.indexes[key] = at
	}
	return at
}
