package scenario

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	Writers int // clients that write before and during the outages
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
		ledger, stopWriting := out.writeBeside(ctx, o.Writers)
		if err := stop(ctx); err != nil {
			stopWriting()
			return nil, err
		}
		acknowledged := ledger.count()
		err := out.during(ctx, o.MaxStaleness)
		// Each writer can have an answer under way.
		if more := ledger.count() - acknowledged; more > o.Writers {
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
	i      *Instance
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

// idleAge is how old the graph may count before the outage: a version is known to be current only when the stream, which
// was quiet, has reached a later position.
const idleAge = 3 * time.Second

// staleTolerance is how much longer than the maximum of staleness reads may be answered: the database counts as away
// only after a while.
const staleTolerance = 10 * time.Second

func (o *outage) wrong(format string, args ...any) {
	o.report.Wrong = append(o.report.Wrong, fmt.Sprintf(format, args...))
}

// during reads until reads are refused.
func (o *outage) during(ctx context.Context, maxStaleness time.Duration) error {
	began := time.Now()
	var last time.Duration // the age of the last answer
	isReady := false       // whether /readyz has told that memory answers
	for time.Since(began) < maxStaleness+staleTolerance {
		asked := time.Now()
		age, err := o.read(ctx)
		if err == nil {
			last = age
		}
		took := time.Since(asked)
		r, refused := errors.AsType[*refusal](err)
		switch {
		case refused && r.code == "UNAVAILABLE":
			o.report.Refused++
			// Right after the stop, SQL may answer what memory does not, and fail.
			if since := asked.Sub(began); since < maxStaleness-idleAge && o.report.Reads > 0 {
				o.wrong("a read was refused %s after the outage, after one with an age of %s: %s", since.Round(time.Millisecond), last, r.message)
			} else if since > maxStaleness {
				return o.refusesReady(ctx)
			}
		case err != nil:
			return err
		default:
			o.report.Reads++
			o.report.Longest = max(o.report.Longest, took)
			o.report.Oldest = max(o.report.Oldest, age)
			// Age is rounded up to whole seconds.
			if age > maxStaleness+time.Second {
				o.wrong("a read had an age of %s", age)
			}
		}
		if age > 0 && !isReady {
			isReady = true
			status, text, err := o.ready(ctx)
			if err != nil {
				return err
			}
			if status != http.StatusOK || text == "ready\n" {
				o.wrong("/readyz says %d %q while memory answers", status, text)
			}
		}
		if err := pause(ctx, time.After(poll)); err != nil {
			return err
		}
	}
	o.wrong("reads were answered for longer than %s and %s", maxStaleness, staleTolerance)
	return nil
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
	id := o.users[o.random.IntN(len(o.users))]
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
