package loader

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/graph-gophers/dataloader/v7"

	"followgraph/internal/observe"
)

// relation batches and caches the lookups of one kind within one operation. The calls that arrive until the
// dispatcher sends them are one batch. It is what dataloader calls a batch function with its results and thunks; when a
// batch is complete is the dispatcher's to know, where dataloader's own loader would wait for a timer, cut a wide level
// into pieces, and take two goroutines for a batch and a channel for a key. A batch runs on the goroutine of the call
// that completed it: to wake another one costs as much as all that a small batch does beside its statement.
//
// A call is one resolver's, with the keys of all the users of a level. A batch asks for each key once, and for none that
// the operation has had.
type relation[K comparable, V any] struct {
	dispatcher *dispatcher
	name       string // that batches are told of by
	fetch      func(context.Context, []K) ([]V, error)

	mu     sync.Mutex
	filled *batch[K, V] // the batch that is being filled, nil if none is
	known  map[K]V      // what was fetched; nil until something is, for most relations are not asked
	ahead  []K          // what is to be fetched before it is asked for
}

// call is one caller's keys, answered in their order.
type call[K comparable, V any] struct {
	keys   []K
	values dataloader.Thunk[[]V]
}

// batch is the calls that will be answered together.
type batch[K comparable, V any] struct {
	of     *relation[K, V]
	calls  []*call[K, V]
	weight int           // of the calls, see dispatcher.weight
	sent   chan struct{} // closed once the calls have their values
}

// begin makes the zero relation usable, for the operation that d dispatches.
func (r *relation[K, V]) begin(d *dispatcher, name string, fetch func(context.Context, []K) ([]V, error)) {
	r.dispatcher, r.name, r.fetch = d, name, fetch
}

// load looks keys up together with whatever else the level asks for. It stands for that many lookups, which must
// have been announced and which the caller settles. It returns early with the context's error. Keys that are known wait
// for their wave all the same: what lies below them is not to come before the rest of their level.
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

// join adds a call to the batch that is being filled, and tells whether that is a new one. The caller holds r.mu.
func (r *relation[K, V]) join(added *call[K, V], weight int) (joined *batch[K, V], isNew bool) {
	if isNew = r.filled == nil; isNew {
		r.filled = &batch[K, V]{of: r, sent: make(chan struct{})}
	}
	r.filled.calls = append(r.filled.calls, added)
	r.filled.weight += weight
	return r.filled, isNew
}

// relation is the name of what the batch looks up.
func (b *batch[K, V]) relation() string { return b.of.name }

// seal keeps further calls out: they are the next batch's.
func (b *batch[K, V]) seal() {
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	b.of.filled = nil
}

// send runs the batch, which is sealed.
func (b *batch[K, V]) send() {
	results := b.of.answerFor(b.weight)(b.of.dispatcher.ctx, b.calls)
	for i, call := range b.calls {
		result := results[i]
		call.values = func() ([]V, error) { return result.Data, result.Error }
	}
	close(b.sent)
}

// answerFor is the batch function: an error is every call's.
func (r *relation[K, V]) answerFor(weight int) dataloader.BatchFunc[*call[K, V], []V] {
	return func(ctx context.Context, calls []*call[K, V]) []*dataloader.Result[[]V] {
		defer r.dispatcher.fetched(weight)
		err := r.answer(ctx, calls)
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

// answer fetches what calls ask for and is not known. It runs under the operation's context, not under that of the
// field which happened to ask first. A panic is an error.
func (r *relation[K, V]) answer(ctx context.Context, calls []*call[K, V]) (err error) {
	keys := r.unknown(calls)
	switch {
	case len(keys) == 0:
		return nil
	case r.dispatcher.isStopped():
		return errStopped
	}
	told, observer := observe.Batch{Relation: r.name, Keys: len(keys)}, r.dispatcher.observer
	ctx = observer.BatchBegins(ctx, told)
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic in a batch: %v\n%s", fault, debug.Stack())
		}
		observer.BatchEnds(ctx, told, err)
	}()
	values, err := r.fetch(ctx, keys)
	if err != nil {
		return err
	}
	r.remember(keys, values)
	return nil
}

// within looks keys up at once, for the batch function of another relation: what takes two lookups, one after the other,
// is one lookup to whoever asks for it. A resolver that waited a second time would keep its whole wave from going on.
func (r *relation[K, V]) within(ctx context.Context, keys []K) ([]V, error) {
	if err := r.answer(ctx, []*call[K, V]{{keys: keys}}); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.valuesOf(keys), nil
}

// remember keeps the values of keys, as far as there are any.
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

// valuesOf is what is known of keys. The caller holds r.mu.
func (r *relation[K, V]) valuesOf(keys []K) []V {
	values := make([]V, len(keys))
	for i, key := range keys {
		values[i] = r.known[key]
	}
	return values
}

// foresee notes a key that will be asked for, to be fetched along with something else.
func (r *relation[K, V]) foresee(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead = append(r.ahead, key)
}

// foreseen takes the keys that were noted, each once, without those that are known by now.
func (r *relation[K, V]) foreseen() []K {
	r.mu.Lock()
	noted := r.ahead
	r.ahead = nil
	r.mu.Unlock()
	if noted == nil {
		return nil
	}
	return r.unknown([]*call[K, V]{{keys: noted}})
}

// unknown is the keys of calls that were never fetched, each once.
func (r *relation[K, V]) unknown(calls []*call[K, V]) []K {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(calls) == 1 && len(calls[0].keys) == 1 && r.known == nil { // as the first lookup mostly is
		return calls[0].keys
	}
	asked := map[K]struct{}{}
	var keys []K
	for _, call := range calls {
		for _, key := range call.keys {
			_, known := r.known[key]
			if _, twice := asked[key]; !known && !twice {
				asked[key] = struct{}{}
				keys = append(keys, key)
			}
		}
	}
	return keys
}
