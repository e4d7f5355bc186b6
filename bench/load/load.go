// Package load sends requests to a server on this machine and measures rate and latency. Each connection sends its next
// request as soon as it has an answer.
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

// Request is a request and the expected content of its answer.
type Request struct {
	Body  []byte // JSON, sent by POST
	Token string // of the caller, sent in the header Authorization; empty: anonymous
	Key   string // occurs in the answer once for each node
	Nodes int
	// MostNodes is for a list that other requests change at the same time. It has from Nodes to MostNodes nodes, or
	// exactly Nodes if MostNodes is less.
	MostNodes int
}

// Options configure a run.
type Options struct {
	Address     string // host:port of a loopback interface
	Connections int
	Warmup      time.Duration // not counted
	Duration    time.Duration // counted
	Seed        uint64        // selects the requests of each connection
	Requests    []Request

	// Once is for requests that write: each is sent at most once, in order. If none is left, Run returns ErrExhausted.
	Once bool

	// Rate is the number of requests per second over all connections. They are sent whether or not earlier requests
	// have been answered, as long as a connection is free. 0: each connection sends its next request as soon as it has
	// an answer.
	Rate float64
	// MayShed accepts refusals because of overload (status 503). They are counted separately.
	MayShed bool

	// Begin and End, if not nil, are called just before counting begins and just after it ends.
	Begin, End func() error
}

// Result is the result of a run.
type Result struct {
	Requests int // correct answers while counting
	Shed     int // refusals while counting
	Sent     int // requests during the whole run, with Options.Once
	Elapsed  time.Duration
	P50, P99 time.Duration

	Failed  int   // wrong answers during the whole run; they are not counted otherwise
	Failure error // the first of them
}

// Rate returns the number of requests per second.
func (r Result) Rate() float64 { return float64(r.Requests) / r.Elapsed.Seconds() }

// answerLimit is the maximum time that a run takes beyond its durations, for the slowest answers.
const answerLimit = 30 * time.Second

// The phases of a run.
const (
	warming int32 = iota
	counting
	stopping
)

// Run sends requests until the durations are over or ctx ends. The Result contains wrong answers. A broken connection
// or a missing answer is an error.
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
			random: rand.New(rand.NewPCG(o.Seed, uint64(i))), //nolint:gosec // must be the same for every server
		}
		if o.Once {
			workers[i].sent = &sent
		}
	}
	var wg sync.WaitGroup
	for _, w := range workers {
		wg.Go(func() {
			if err := w.run(); err != nil {
				abort(err) // end the other connections: the run is invalid
			}
		})
	}

	elapsed, err := o.count(ctx, &phase)
	phase.Store(stopping)
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	result, err := collect(workers, elapsed, err)
	result.Sent = min(int(sent.Load()), len(o.Requests))
	return result, err
}

func (o Options) validate() error {
	host, _, err := net.SplitHostPort(o.Address)
	switch {
	case err != nil:
		return err
	case !net.ParseIP(host).IsLoopback():
		return fmt.Errorf("%s is not on this machine", o.Address)
	case o.Connections < 1 || o.Duration <= 0 || len(o.Requests) == 0:
		return errors.New("a run needs at least one connection, one request and a duration")
	}
	return nil
}

// count waits for the durations. It returns the time during which answers were counted.
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

// worker is one connection of a run.
type worker struct {
	client   *client
	requests []Request
	raws     [][]byte
	phase    *atomic.Int32
	random   *rand.Rand
	sent     *atomic.Int64 // number of requests that all workers have taken; nil: requests are reused

	pace      *pace // nil: send as soon as there is an answer
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
		answeredAt := time.Now()
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
			w.latencies = append(w.latencies, answeredAt.Sub(began))
		}
		began = answeredAt
	}
}

// pace spreads requests evenly over time. All connections share it.
type pace struct {
	began time.Time
	each  time.Duration
	sent  atomic.Int64
}

// wait waits until the next request is due. It returns immediately if that time has passed.
func (p *pace) wait() {
	due := p.began.Add(time.Duration(p.sent.Add(1)) * p.each)
	if ahead := time.Until(due); ahead > 0 {
		<-time.After(ahead)
	}
}

// ErrExhausted reports that all requests that may be sent only once were sent before the end of a run.
var ErrExhausted = errors.New("all requests were sent before the run's end, and each may be sent only once")

// next returns the index of the next request.
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

// Check returns an error if an answer is wrong. It searches the bytes of the answer: decoding would take as long as
// creating the answer.
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

// start returns the beginning of an answer, for an error.
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

// percentile returns the smallest value that at least percent of all values do not exceed (nearest rank), or 0 if there
// are none.
func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}
