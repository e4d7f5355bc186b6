package scenario

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// OutageOptions configure Outage.
type OutageOptions struct {
	MaxStaleness time.Duration
	// Outages is the number of outages: in turn a PostgreSQL that has ended, and one that hangs.
	Outages int
	Writers int // clients that write before and while PostgreSQL has ended
}

// OutageReport is the result of Outage.
type OutageReport struct {
	Reads     int           // answered from memory while the database was away
	Oldest    time.Duration // the highest Age
	Refused   int           // reads with UNAVAILABLE, after the maximum of staleness
	Writes    int           // refused, or not answered
	Recovered int           // outages after which memory answered again
	Longest   time.Duration // of a read that memory answered
	Wrong     []string      // what must not be
}

func (r *OutageReport) String() string {
	return fmt.Sprintf("%d reads from memory while the database was away, at most %s old; then %d reads refused; %d writes refused; the longest read took %s; recovered from %d outages; %d faults %.3v",
		r.Reads, r.Oldest, r.Refused, r.Writes, r.Longest.Round(time.Millisecond), r.Recovered, len(r.Wrong), r.Wrong)
}

// Outage stops PostgreSQL. Reads must go on from memory, with their age, up to the maximum of staleness, and then be
// refused, as writes are from the start. When PostgreSQL is back, memory must answer again.
func Outage(ctx context.Context, w *World, o OutageOptions) (_ *OutageReport, err error) {
	i, err := w.startInstance(ctx, w.Postgres.URL(), "--max-staleness="+o.MaxStaleness.String())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stopInstances()) }()
	out := &outage{World: w, i: i, report: &OutageReport{}}
	for n := range o.Outages {
		if err := i.awaitMemory(ctx); err != nil {
			return nil, err
		}
		stop, resume := w.Postgres.Halt, w.Postgres.Restart
		if n%2 == 1 {
			stop, resume = w.Postgres.Freeze, w.Postgres.Thaw
		}
		writers := o.Writers
		if n%2 == 1 {
			// Otherwise the reads that follow an acknowledged write, which the stream has not brought yet, wait for SQL until
			// their time limit.
			writers = 0
		}
		ledger, stopWriting := out.writeBeside(ctx, writers)
		if err := stop(ctx); err != nil {
			stopWriting()
			return nil, err
		}
		acknowledged := ledger.count()
		out.isReady = false
		err := out.during(ctx, o.MaxStaleness)
		// Each writer can have an answer under way.
		if more := ledger.count() - acknowledged; more > writers {
			out.wrong("%d writes were acknowledged while the database was away", more)
		}
		err = errors.Join(err, resume(ctx))
		stopWriting()
		if err != nil {
			return nil, err
		}
		out.report.Writes += ledger.unanswered
		w.logf("outage %d: %s", n+1, out.report)
		if err := i.awaitMemory(ctx); err != nil {
			return nil, fmt.Errorf("after an outage: %w", err)
		}
		out.report.Recovered++
	}
	return out.report, w.verify(ctx)
}

// outage is one run of Outage.
type outage struct {
	*World
	i       *Instance
	isReady bool // whether /readyz was asked in this outage while memory answered

	mu     sync.Mutex
	report *OutageReport
}

// writeBeside follows and unfollows until the function that it returns is called. It returns when each writer has
// written.
func (o *outage) writeBeside(ctx context.Context, writers int) (_ *ledger, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var group, begun sync.WaitGroup
	written := newLedger()
	for n := range writers {
		begun.Add(1)
		first := sync.OnceFunc(begun.Done)
		one := &writer{
			world: o.World, ledger: written, number: n, writers: writers, random: o.randomOf(n),
			choose: func() *Instance {
				if written.count() >= writers {
					first()
				}
				return o.i
			},
		}
		group.Go(func() { one.run(ctx); first() })
	}
	begun.Wait()
	return written, func() { cancel(); group.Wait() }
}

const (
	// detection is how long a database that hangs can count as reachable. Until then SQL may have to answer, and fails.
	detection = 4 * time.Second
	// idleAge is how old the graph may count before the outage: a version is known to be current only when the stream,
	// which was quiet, has reached a later position.
	idleAge = 3 * time.Second
	// staleTolerance is how much longer than the maximum of staleness reads may be answered.
	staleTolerance = 10 * time.Second
)

func (o *outage) wrong(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults(format, args...)
}

// faults is wrong for a caller that holds mu.
func (o *outage) faults(format string, args ...any) {
	o.report.Wrong = append(o.report.Wrong, fmt.Sprintf(format, args...))
}

// during reads until reads are refused because of their age. Reads do not wait for each other, as one may hang.
func (o *outage) during(ctx context.Context, maxStaleness time.Duration) error {
	began := time.Now()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	ended := make(chan struct{})
	end := sync.OnceFunc(func() { close(ended) })
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	late := time.After(maxStaleness + staleTolerance)
	for running := true; running; {
		group.Go(func() {
			isOver, err := o.one(ctx, began, maxStaleness)
			if err != nil {
				cancel(err)
			}
			if isOver {
				end()
			}
		})
		select {
		case <-ctx.Done():
			running = false
		case <-ended:
			running = false
		case <-late:
			o.wrong("reads were answered for longer than %s and %s", maxStaleness, staleTolerance)
			running = false
		case <-ticker.C:
		}
	}
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return o.refusesReady(ctx)
}

// one reads once. isOver reports that the graph is too old.
func (o *outage) one(ctx context.Context, began time.Time, maxStaleness time.Duration) (isOver bool, err error) {
	asked := time.Now()
	since := asked.Sub(began)
	age, err := o.read(ctx)
	took := time.Since(asked)
	o.mu.Lock()
	defer o.mu.Unlock()
	r, refused := errors.AsType[*refusal](err)
	switch {
	case refused && isOutage(err): // OVERLOADED: operations that wait for SQL have taken all slots
		o.report.Refused++
		if since > detection && since < maxStaleness-idleAge {
			o.faults("a read was refused %s after the outage: %s", since.Round(time.Millisecond), r.message)
		}
		return since > maxStaleness, nil
	case err != nil:
		return false, err
	}
	o.report.Reads++
	o.report.Oldest = max(o.report.Oldest, age)
	o.report.Longest = max(o.report.Longest, took)
	if age > maxStaleness+time.Second { // it is rounded up
		o.faults("a read had an age of %s", age)
	}
	if age == 0 || o.isReady {
		return false, nil
	}
	o.isReady = true
	status, text, err := o.ready(ctx)
	if err == nil && (status != http.StatusOK || text == "ready\n") {
		o.faults("/readyz says %d %q while memory answers", status, text)
	}
	return false, err
}

func (o *outage) refusesReady(ctx context.Context) error {
	status, text, err := o.ready(ctx)
	if err == nil && status != http.StatusServiceUnavailable {
		o.wrong("/readyz says %d %q after the maximum of staleness", status, text)
	}
	return err
}

func (o *outage) ready(ctx context.Context) (status int, text string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+o.i.address()+"/readyz", nil)
	if err != nil {
		return 0, "", err
	}
	response, err := o.i.http.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	return response.StatusCode, string(raw), err
}

// read reads a list. age is that of the answer.
func (o *outage) read(ctx context.Context) (age time.Duration, err error) {
	var data struct{ User *nestedUser }
	id := o.users[rand.IntN(len(o.users))] //nolint:gosec // any user
	a, err := o.i.ask(ctx, question{query: nestedQuery, variables: map[string]any{"id": id}}, &data)
	if err != nil {
		return 0, err
	}
	if text := disagreement(data.User); text != "" {
		o.wrong("%s", text)
	}
	if a.age != "" {
		seconds, err := strconv.Atoi(a.age)
		return time.Duration(seconds) * time.Second, err
	}
	return 0, nil
}
