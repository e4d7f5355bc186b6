// Package load sends requests to a server on this machine, each connection its next one as soon as it has the answer,
// and measures how many are answered and how long that takes.
package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Request is what is sent, and what its answer must hold.
type Request struct {
	Body  []byte // JSON, for POST
	Token string // of the caller, sent in the header Authorization; empty: nobody
	Key   string // stands in the answer once for each node
	Nodes int
	// MostNodes is for a list that others change meanwhile: it has from Nodes to MostNodes nodes. Where it is less than
	// Nodes, it has Nodes.
	MostNodes int
}

// Options say what to send, and for how long.
type Options struct {
	Address     string // host:port of a loopback interface
	Connections int
	Warmup      time.Duration // in which nothing is counted
	Duration    time.Duration // in which answers are counted
	Seed        uint64        // chooses the requests of each connection
	Requests    []Request

	// Once says that the requests write: each is sent once at most, in their order. Running out of them is ErrExhausted.
	Once bool

	// Rate is how many requests are sent in a second, spread over all connections, whether those before have their answers
	// or not, as far as there are connections left. 0: each connection sends its next one as soon as it has the answer.
	Rate float64
	// MayShed says that the server may refuse requests because it is asked for too much (status 503): they are counted,
	// and neither wrong nor answered.
	MayShed bool

	// Begin and End, which may be nil, are called right before counting begins and right after it has ended.
	Begin, End func() error
}

// Result is what a run measured.
type Result struct {
	Requests int // answered while it was counted, each as it should be
	Shed     int // refused meanwhile
	Elapsed  time.Duration
	P50, P99 time.Duration

	Failed  int   // answers that were not as they should be, over the whole run; they count for nothing else
	Failure error // the first of them
}

// Rate is the number of requests in a second.
func (r Result) Rate() float64 { return float64(r.Requests) / r.Elapsed.Seconds() }

// answerLimit bounds how long a run may last beyond its durations: the time that the slowest answers take.
const answerLimit = 30 * time.Second

// What a run is doing.
const (
	warming int32 = iota
	counting
	stopping
)

// Run sends requests until the durations are over or ctx ends. An answer that is not as it should be is reported in the
// Result; a connection that breaks, or answers that do not come, are an error.
func Run(ctx context.Context, o Options) (Result, error) {
	if err := o.validate(); err != nil {
		return Result{}, err
	}
	raws := make([][]byte, len(o.Requests))
	for i, request := range o.Requests {
		raws[i] = request.render()
	}
	ctx, cancel := context.WithTimeout(ctx, o.Warmup+o.Duration+answerLimit)
	defer cancel()
	ctx, abort := context.WithCancelCause(ctx)
	defer abort(nil)

	var phase atomic.Int32
	var sent atomic.Int64
	var paced *pace
	if o.Rate > 0 {
		paced = &pace{began: time.Now(), each: time.Duration(float64(time.Second) / o.Rate)}
	}
	workers := make([]*worker, o.Connections)
	for i := range workers {
		client, err := dial(ctx, o.Address, nil)
		if err != nil {
			return Result{}, err
		}
		defer client.close()
		workers[i] = &worker{
			client: client, requests: o.Requests, raws: raws, phase: &phase, pace: paced, mayShed: o.MayShed,
			random: rand.New(rand.NewPCG(o.Seed, uint64(i))), //nolint:gosec // to be the same for every server is what it is for
		}
		if o.Once {
			workers[i].sent = &sent
		}
	}
	var wg sync.WaitGroup
	for _, w := range workers {
		wg.Go(func() {
			if err := w.run(); err != nil {
				abort(err) // the others too: the run is void
			}
		})
	}

	elapsed, err := o.count(ctx, &phase)
	phase.Store(stopping)
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return collect(workers, elapsed, err)
}

func (o Options) validate() error {
	host, _, err := net.SplitHostPort(o.Address)
	switch {
	case err != nil:
		return err
	case !net.ParseIP(host).IsLoopback():
		return fmt.Errorf("%s is not on this machine", o.Address)
	case o.Connections < 1 || o.Duration <= 0 || len(o.Requests) == 0:
		return errors.New("a run needs a connection, a duration and a request at least")
	}
	return nil
}

// count lets the durations pass and tells how long counting took.
func (o Options) count(ctx context.Context, phase *atomic.Int32) (time.Duration, error) {
	if err := pass(ctx, o.Warmup); err != nil {
		return 0, err
	}
	if o.Begin != nil {
		if err := o.Begin(); err != nil {
			return 0, err
		}
	}
	phase.Store(counting)
	began := time.Now()
	err := pass(ctx, o.Duration)
	elapsed := time.Since(began)
	phase.Store(stopping)
	if err == nil && o.End != nil {
		err = o.End()
	}
	return elapsed, err
}

func pass(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// worker is one connection's part in a run.
type worker struct {
	client   *client
	requests []Request
	raws     [][]byte
	phase    *atomic.Int32
	random   *rand.Rand
	sent     *atomic.Int64 // requests that any worker has taken; nil: they can be sent again

	pace      *pace // nil: as soon as there is an answer
	mayShed   bool
	latencies []time.Duration
	shed      int
	failed    int
	failure   error // the first
}

func (w *worker) run() error {
	began := time.Now()
	for {
		i, err := w.next()
		if err != nil {
			return err
		}
		if w.pace != nil {
			w.pace.wait()
			began = time.Now()
		}
		answer, err := w.client.do(w.raws[i])
		if err != nil {
			return err
		}
		ended := time.Now()
		fault := w.requests[i].Check(answer.Status, answer.Body)
		switch phase := w.phase.Load(); {
		case phase == stopping:
			return nil
		case w.mayShed && answer.Status == 503:
			if phase == counting {
				w.shed++
			}
		case fault != nil:
			if w.failed++; w.failure == nil {
				w.failure = fault
			}
		case phase == counting:
			w.latencies = append(w.latencies, ended.Sub(began))
		}
		began = ended
	}
}

// pace spreads requests evenly over time. It belongs to all connections.
type pace struct {
	began time.Time
	each  time.Duration
	sent  atomic.Int64
}

// wait waits until the next request is due, and not at all where that was before.
func (p *pace) wait() {
	due := p.began.Add(time.Duration(p.sent.Add(1)) * p.each)
	if ahead := time.Until(due); ahead > 0 {
		<-time.After(ahead)
	}
}

// ErrExhausted says that every request that may be sent once only was sent before a run's end.
var ErrExhausted = errors.New("all requests were sent before the run's end, and each may be sent only once")

// next picks a request.
func (w *worker) next() (int, error) {
	if w.sent == nil {
		return w.random.IntN(len(w.raws)), nil
	}
	i := int(w.sent.Add(1)) - 1
	if i >= len(w.raws) {
		return 0, ErrExhausted
	}
	return i, nil
}

// Check says what is wrong with an answer. It is made of two searches through its bytes: to decode answers would cost
// as much as to make them.
func (r Request) Check(status int, body []byte) error {
	switch {
	case status != 200:
		return fmt.Errorf("status %d in answer to %s: %s", status, r.Body, start(body))
	case bytes.Contains(body, errorsKey):
		return fmt.Errorf("errors in answer to %s: %s", r.Body, start(body))
	}
	if nodes := bytes.Count(body, []byte(r.Key)); nodes < r.Nodes || nodes > max(r.Nodes, r.MostNodes) {
		return fmt.Errorf("%d nodes, not %d, in answer to %s: %s", nodes, r.Nodes, r.Body, start(body))
	}
	return nil
}

var errorsKey = []byte(`"errors"`)

// start is the beginning of an answer, to show in an error.
func start(body []byte) []byte { return body[:min(len(body), 300)] }

func collect(workers []*worker, elapsed time.Duration, err error) (Result, error) {
	result := Result{Elapsed: elapsed}
	var latencies []time.Duration
	for _, w := range workers {
		latencies = append(latencies, w.latencies...)
		result.Shed += w.shed
		result.Failed += w.failed
		if result.Failure == nil {
			result.Failure = w.failure
		}
	}
	if err != nil {
		return result, err
	}
	result.Requests = len(latencies)
	slices.Sort(latencies)
	result.P50, result.P99 = percentile(latencies, 50), percentile(latencies, 99)
	return result, nil
}

// percentile is the smallest value that at least percent in a hundred do not exceed (nearest rank); 0 of none.
func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}
