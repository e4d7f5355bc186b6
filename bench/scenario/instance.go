package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"followgraph/bench/process"
)

// Instance is a process of Followgraph, which can be replaced by another one.
type Instance struct {
	world *World
	flags []string
	http  *http.Client

	mu      sync.Mutex
	running *process.Server
	metrics string // address
}

// startInstance starts Followgraph on a database. It keeps the graph in memory unless the flags say otherwise.
func (w *World) startInstance(ctx context.Context, database string, flags ...string) (*Instance, error) {
	i := &Instance{
		world: w,
		flags: slices.Concat([]string{
			"serve", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--database-url=" + database, "--server-timing=on",
			"--explorer=false", "--playground=false", "--log-level=warn", "--token-key=" + w.signer.Path, "--graph=auto",
			"--rate-limit=0", "--rate-limit-anonymous=0", // the scenarios ask more in an hour
		}, flags),
		http: &http.Client{Timeout: answerLimit, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
	if err := i.start(ctx); err != nil {
		return nil, err
	}
	w.instances = append(w.instances, i)
	return i, nil
}

// startLimit is the maximum time of a start.
const startLimit = time.Minute

func (i *Instance) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	running, err := process.StartLogged(ctx, i.world.log, i.world.Program, i.flags...)
	if err != nil {
		return err
	}
	metrics, err := running.Metrics(ctx)
	if err != nil {
		return errors.Join(err, running.Stop())
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.running, i.metrics = running, metrics
	return nil
}

// Kill kills the process and starts another one, on other ports. Until then requests fail.
func (i *Instance) Kill(ctx context.Context) error {
	i.mu.Lock()
	running := i.running
	i.mu.Unlock()
	if err := running.Kill(); err != nil {
		return err
	}
	// A start fails while PostgreSQL restarts.
	var last error
	err := await(ctx, func() (bool, error) {
		last = i.start(ctx)
		return last == nil, nil
	})
	return errors.Join(err, last)
}

func (i *Instance) stop() error {
	i.http.CloseIdleConnections()
	return i.running.Stop()
}

func (i *Instance) address() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.running.Address
}

func (i *Instance) admin() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.metrics
}

// memoryLimit is the maximum time until an instance answers from memory again.
const memoryLimit = 2 * time.Minute

// awaitMemory waits until the instance answers from memory.
func (i *Instance) awaitMemory(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, memoryLimit)
	defer cancel()
	return await(ctx, func() (bool, error) {
		isFromMemory, err := i.isInMemory(ctx)
		if err != nil && isOutage(err) {
			return false, nil
		}
		return isFromMemory, err
	})
}

// isInMemory reports whether the instance answers from memory.
func (i *Instance) isInMemory(ctx context.Context) (bool, error) {
	var ignored json.RawMessage
	a, err := i.ask(ctx, question{query: "{ users(first: 1) { nodes { id } } }"}, &ignored)
	return err == nil && a.isFromMemory(), err
}
