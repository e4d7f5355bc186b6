package loader

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/graph-gophers/dataloader/v7"
)

// relation batches and caches the lookups of one kind within one operation. The keys that arrive until the
// dispatcher sends them are one batch, handed to dataloader in one piece: with a capacity of exactly their
// number it sends them at once, and its timer, which would cut a wide level into pieces, never runs.
type relation[K comparable, V any] struct {
	dispatcher *dispatcher
	fetch      func(context.Context, []K) ([]V, error)
	cache      dataloader.Cache[K, V]

	mu     sync.Mutex
	filled *batch[K, V] // the batch that is being filled, nil if none is
}

// batch is the keys that will be looked up together.
type batch[K comparable, V any] struct {
	keys    []K // each once
	lookups int // that wait for it
	members map[K]struct{}
	sent    chan struct{}
}

func newRelation[K comparable, V any](d *dispatcher, fetch func(context.Context, []K) ([]V, error)) *relation[K, V] {
	return &relation[K, V]{dispatcher: d, fetch: fetch, cache: dataloader.NewCache[K, V]()}
}

// load looks keys up together with whatever else the level asks for. It stands for that many lookups, which must
// have been announced and which the caller settles. It returns early with the context's error.
func (r *relation[K, V]) load(ctx context.Context, lookups int, keys ...K) ([]V, error) {
	if joined, send := r.join(lookups, keys); joined != nil {
		r.dispatcher.wait(lookups, send)
		select {
		case <-joined.sent:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	values := make([]V, len(keys))
	for i, key := range keys {
		thunk, _ := r.cache.Get(ctx, key)
		value, err := thunk()
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

// join adds the keys that were never asked for to the batch that is being filled. It returns that batch, nil where
// there is nothing to wait for, and what sends it, where it is new.
func (r *relation[K, V]) join(lookups int, keys []K) (joined *batch[K, V], send func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range keys {
		if _, known := r.cache.Get(r.dispatcher.ctx, key); known {
			continue
		}
		if r.filled == nil {
			r.filled = &batch[K, V]{members: map[K]struct{}{}, sent: make(chan struct{})}
			send = r.send
		}
		joined = r.filled
		if _, present := joined.members[key]; !present {
			joined.members[key] = struct{}{}
			joined.keys = append(joined.keys, key)
		}
	}
	if joined != nil {
		joined.lookups += lookups
	}
	return joined, send
}

// send hands the batch to dataloader, which runs it in a goroutine of its own.
func (r *relation[K, V]) send() {
	r.mu.Lock()
	defer r.mu.Unlock()
	full := r.filled
	r.filled = nil
	loader := dataloader.NewBatchedLoader(r.fetchFor(full.lookups),
		dataloader.WithCache(r.cache),
		dataloader.WithBatchCapacity[K, V](len(full.keys)),
		dataloader.WithInputCapacity[K, V](len(full.keys)),
		dataloader.WithWait[K, V](time.Hour),
	)
	for _, key := range full.keys {
		loader.Load(r.dispatcher.ctx, key)
	}
	close(full.sent)
}

// fetchFor shapes fetch as dataloader wants it: an error is every key's. It runs under the operation's context, not
// under that of the field which happened to ask first.
func (r *relation[K, V]) fetchFor(lookups int) dataloader.BatchFunc[K, V] {
	return func(_ context.Context, keys []K) []*dataloader.Result[V] {
		defer r.dispatcher.fetched(lookups)
		values, err := r.guarded(keys)
		results := make([]*dataloader.Result[V], len(keys))
		for i := range keys {
			results[i] = &dataloader.Result[V]{Error: err}
			if err == nil {
				results[i].Data = values[i]
			}
		}
		return results
	}
}

// guarded fetches, a panic being an error: dataloader would recover from it too, but log it on its own.
func (r *relation[K, V]) guarded(keys []K) (values []V, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic in a batch: %v\n%s", fault, debug.Stack())
		}
	}()
	return r.fetch(r.dispatcher.ctx, keys)
}
