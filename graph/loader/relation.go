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
	calls   []*call[K, V]
	lookups int           // that wait for it
	sent    chan struct{} // closed once the calls have their values
}

// begin makes the zero relation usable, for the operation that d dispatches.
func (r *relation[K, V]) begin(d *dispatcher, name string, fetch func(context.Context, []K) ([]V, error)) {
	r.dispatcher, r.name, r.fetch = d, name, fetch
}

// load looks keys up together with whatever else the level asks for. It stands for that many lookups, which must
// have been announced and which the caller settles. It returns early with the context's error. Keys that are known wait
// for their wave all the same: what lies below them is not to come before the rest of their level.
func (r *relation[K, V]) load(ctx context.Context, lookups int, keys ...K) ([]V, error) {
	r.mu.Lock()
	mine := &call[K, V]{keys: keys}
	joined, send := r.join(mine, lookups)
	r.mu.Unlock()
	r.dispatcher.wait(lookups, send)
	select {
	case <-joined.sent:
		return mine.values()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// join adds a call to the batch that is being filled, and returns what sends it, where it is new. The caller holds r.mu.
func (r *relation[K, V]) join(added *call[K, V], lookups int) (joined *batch[K, V], send func()) {
	if r.filled == nil {
		r.filled = &batch[K, V]{sent: make(chan struct{})}
		send = r.send
	}
	r.filled.calls = append(r.filled.calls, added)
	r.filled.lookups += lookups
	return r.filled, send
}

// send runs the batch.
func (r *relation[K, V]) send() {
	r.mu.Lock()
	full := r.filled
	r.filled = nil
	r.mu.Unlock()
	results := r.answerFor(full.lookups)(r.dispatcher.ctx, full.calls)
	for i, call := range full.calls {
		result := results[i]
		call.values = func() ([]V, error) { return result.Data, result.Error }
	}
	close(full.sent)
}

// answerFor is the batch function: an error is every call's.
func (r *relation[K, V]) answerFor(lookups int) dataloader.BatchFunc[*call[K, V], []V] {
	return func(ctx context.Context, calls []*call[K, V]) []*dataloader.Result[[]V] {
		defer r.dispatcher.fetched(lookups)
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
	if len(keys) == 0 {
		return nil
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
