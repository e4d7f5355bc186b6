package loader

import (
	"context"
	"fmt"
	"runtime/debug"
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

	mu    sync.Mutex
	open  *batch[K, V] // the batch that calls join, nil if there is none
	known map[K]V      // fetched values; nil until the first one, because most relations are not used
	ahead []K          // keys to fetch before a call needs them
}

// call is the keys of one caller. Its values are in the order of the keys.
type call[K comparable, V any] struct {
	keys   []K
	values dataloader.Thunk[[]V]
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
				results[i].Data = r.valuesOf(call.keys)
			}
		}
		return results
	}
}

// fetchUnknown fetches the keys of calls that are not known. It turns a panic into an error.
func (r *relation[K, V]) fetchUnknown(ctx context.Context, calls []*call[K, V]) (err error) {
	keys := r.unknown(calls)
	switch {
	case len(keys) == 0:
		return nil
	case r.dispatcher.isStopped():
		return errStopped
	}
	event, observer := observe.Batch{Relation: r.name, Keys: len(keys)}, r.dispatcher.observer
	ctx = observer.BatchBegins(ctx, event)
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic in a batch: %v\n%s", fault, debug.Stack())
		}
		observer.BatchEnds(ctx, event, err)
	}()
	values, err := r.fetch(ctx, keys)
	if err != nil {
		return err
	}
	r.remember(keys, values)
	return nil
}

// within looks up keys at once, for the batch function of another relation. So two consecutive lookups count as one for
// their caller: a resolver that waited a second time would block its whole wave.
func (r *relation[K, V]) within(ctx context.Context, keys []K) ([]V, error) {
	if err := r.fetchUnknown(ctx, []*call[K, V]{{keys: keys}}); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.valuesOf(keys), nil
}

// remember stores the values of the first keys. values may be shorter than keys.
func (r *relation[K, V]) remember(keys []K, values []V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = make(map[K]V, len(values))
	}
	for i, value := range values {
		r.known[keys[i]] = value
	}
}

// valuesOf returns the known values of keys. The caller holds r.mu.
func (r *relation[K, V]) valuesOf(keys []K) []V {
	values := make([]V, len(keys))
	for i, key := range keys {
		values[i] = r.known[key]
	}
	return values
}

// foresee adds a key to those that foreseen returns.
func (r *relation[K, V]) foresee(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead = append(r.ahead, key)
}

// foreseen removes and returns the keys of foresee, without duplicates and known keys.
func (r *relation[K, V]) foreseen() []K {
	r.mu.Lock()
	keys := r.ahead
	r.ahead = nil
	r.mu.Unlock()
	if keys == nil {
		return nil
	}
	return r.unknown([]*call[K, V]{{keys: keys}})
}

// unknown returns the keys of calls that are not fetched yet, without duplicates.
func (r *relation[K, V]) unknown(calls []*call[K, V]) []K {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(calls) == 1 && len(calls[0].keys) == 1 && r.known == nil { // usual for the first lookup
		return calls[0].keys
	}
	seen := map[K]struct{}{}
	var keys []K
	for _, call := range calls {
		for _, key := range call.keys {
			_, known := r.known[key]
			if _, twice := seen[key]; !known && !twice {
				seen[key] = struct{}{}
				keys = append(keys, key)
			}
		}
	}
	return keys
}
