package scenario

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"followgraph/bench/proxy"
	"followgraph/internal/globalid"
)

// OwnWritesOptions configure OwnWrites.
type OwnWritesOptions struct {
	Pairs   int // of a write and the reads that follow it
	Clients int // that do so at the same time
	Lags    []time.Duration
}

// OwnWritesReport is the result of OwnWrites.
type OwnWritesReport struct {
	Pairs, Reads int
	FromMemory   int // reads that memory answered
	Local        int // further reads on the instance that wrote, without a position
	Stale        int // reads that lacked a write of their client
	Backwards    int // reads that lacked what an earlier read of their client had
	// Unseen is the number of reads by SQL that lacked another program's commit which an earlier read of their client had
	// from memory. PostgreSQL streams a commit as soon as it is on disk, and shows it to SQL only after that, so memory
	// has to wait.
	Unseen  int
	First   string
	Elapsed time.Duration
}

func (r *OwnWritesReport) String() string {
	return fmt.Sprintf("%d pairs of a write and reads on other instances, %d reads, %d of them from memory, and %d on the same instance without a position: %d stale, %d backwards, %d by SQL before a commit from memory was visible: %s(%s)",
		r.Pairs, r.Reads, r.FromMemory, r.Local, r.Stale, r.Backwards, r.Unseen, r.First, r.Elapsed.Round(time.Second))
}

// OwnWrites starts one instance whose stream of commits is immediate, and one for each lag whose stream is late. Each
// client writes on one instance, and reads on two others with the position of the last answer. It must see its own
// writes, and never an older state than before. On the instance that wrote it must see them without a position too. A
// foreign program changes a number all the time, so that positions advance between the reads too.
func OwnWrites(ctx context.Context, w *World, o OwnWritesOptions) (_ *OwnWritesReport, err error) {
	prompt, err := w.startInstance(ctx, w.Postgres.URL())
	if err != nil {
		return nil, err
	}
	instances := []*Instance{prompt}
	defer func() { err = errors.Join(err, w.stopInstances()) }()
	for _, lag := range o.Lags {
		between, err := proxy.Open(ctx, w.Postgres.URL(), proxy.Late(lag), proxy.AtOnce)
		if err != nil {
			return nil, err
		}
		defer func() { _ = between.Close() }()
		late, err := w.startInstance(ctx, between.URL)
		if err != nil {
			return nil, err
		}
		instances = append(instances, late)
	}
	for _, i := range instances {
		if err := i.awaitMemory(ctx); err != nil {
			return nil, err
		}
	}
	began := time.Now()
	stopTicking := w.tick(ctx)
	clients := make([]*ownClient, o.Clients)
	var taken atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, o.Clients)
	for n := range clients {
		clients[n] = &ownClient{
			world: w, instances: instances, caller: w.users[n+1], watched: w.users[0], followed: map[string]bool{},
			random: rand.New(rand.NewPCG(w.Dataset.Seed, uint64(n))), //nolint:gosec // must be reproducible
		}
		group.Go(func() {
			errs[n] = clients[n].run(ctx, func() bool { return taken.Add(1) <= int64(o.Pairs) })
		})
	}
	group.Wait()
	report := &OwnWritesReport{Elapsed: time.Since(began)}
	for _, c := range clients {
		report.add(&c.report)
	}
	return report, errors.Join(append(errs, stopTicking())...)
}

func (r *OwnWritesReport) add(other *OwnWritesReport) {
	r.Pairs += other.Pairs
	r.Reads += other.Reads
	r.FromMemory += other.FromMemory
	r.Local += other.Local
	r.Stale += other.Stale
	r.Backwards += other.Backwards
	r.Unseen += other.Unseen
	if r.First == "" {
		r.First = other.First
	}
}

// tickEvery is how often the foreign program changes its number.
const tickEvery = 3 * time.Millisecond

// tick changes a number of the first user all the time, as a foreign program does. The function that it returns ends
// that.
func (w *World) tick(ctx context.Context) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	result := make(chan error, 1)
	go func() {
		result <- func() error {
			conn, err := w.Postgres.connect(ctx)
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
			ticker := time.NewTicker(tickEvery)
			defer ticker.Stop()
			for number := 1; ; number++ {
				if pause(ctx, ticker.C) != nil {
					return nil
				}
				_, err := conn.Exec(ctx, "UPDATE users SET firstname = $1 WHERE cognito_id = $2", strconv.Itoa(number), w.users[0])
				if err != nil && ctx.Err() == nil {
					return err
				}
			}
		}()
	}()
	return func() error { cancel(); return <-result }
}

// ownClient is a client that follows and unfollows.
type ownClient struct {
	world     *World
	instances []*Instance
	caller    string
	watched   string
	followed  map[string]bool // by this client
	random    *rand.Rand

	base     int // follows that the caller had before
	last     string
	number   int    // the highest that it has seen
	numberAt string // where it was seen

	numberIsFromMemory bool // whether memory answered it
	position           string
	report             OwnWritesReport
}

const ownQuery = `query($caller: String!, $watched: String!) {
	caller: user(cognitoId: $caller) { stats { followingsCount } following(first: 1) { totalCount nodes { cognitoId } } }
	watched: user(cognitoId: $watched) { firstname }
}`

type ownAnswer struct {
	Caller struct {
		Stats     struct{ FollowingsCount int }
		Following struct {
			TotalCount int
			Nodes      []struct{ CognitoID string }
		}
	}
	Watched struct{ Firstname string }
}

func (c *ownClient) run(ctx context.Context, more func() bool) error {
	var first ownAnswer
	if _, err := c.ask(ctx, c.instances[0], "", &first); err != nil {
		return err
	}
	c.base = first.Caller.Following.TotalCount
	existing, err := query[string](ctx, c.world.Postgres, "SELECT following_id FROM user_follows WHERE follower_id = $1", c.caller)
	if err != nil {
		return err
	}
	closed := map[string]bool{c.caller: true}
	for _, id := range existing {
		closed[id] = true
	}
	for more() {
		target := c.world.users[c.random.IntN(len(c.world.users))]
		if closed[target] {
			target = c.unfollowed(closed)
		}
		if err := c.pair(ctx, target); err != nil {
			return err
		}
	}
	return nil
}

// unfollowed returns a user that the caller did not follow before.
func (c *ownClient) unfollowed(closed map[string]bool) string {
	for {
		if id := c.world.users[c.random.IntN(len(c.world.users))]; !closed[id] {
			return id
		}
	}
}

// pair writes, and reads on the other instances.
func (c *ownClient) pair(ctx context.Context, target string) error {
	start := !c.followed[target]
	at := c.random.IntN(len(c.instances))
	written, err := c.instances[at].follow(ctx, c.caller, globalid.User(target), start)
	if err != nil {
		return err
	}
	if written.position == "" {
		return errors.New("the answer to a write has no position")
	}
	if start {
		c.followed[target], c.last = true, target
	} else {
		delete(c.followed, target)
		c.last = ""
	}
	c.advance(written.position)
	c.report.Pairs++
	var local ownAnswer
	if _, err := c.ask(ctx, c.instances[at], "", &local); err != nil {
		return err
	}
	c.report.Local++
	c.compare("without a position", local, target)
	for n := 1; n < len(c.instances); n++ {
		if err := c.check(ctx, c.instances[(at+n)%len(c.instances)], target); err != nil {
			return err
		}
	}
	return nil
}

// advance takes the position of an answer, which must not be before that of the request.
func (c *ownClient) advance(position string) {
	if sameHistory(c.position, position) && position < c.position {
		c.fail(&c.report.Backwards, "the position %s follows %s", position, c.position)
	}
	c.position = position
}

// sameHistory reports whether two positions are of the same system and timeline, so that they can be compared as texts.
func sameHistory(a, b string) bool {
	return a != "" && b != "" && a[:strings.LastIndexByte(a, '.')+1] == b[:strings.LastIndexByte(b, '.')+1]
}

// ask asks for the state at a position or later.
func (c *ownClient) ask(ctx context.Context, i *Instance, after string, data *ownAnswer) (answer, error) {
	return i.ask(ctx, question{
		query: ownQuery, variables: map[string]any{"caller": c.caller, "watched": c.watched}, after: after,
	}, data)
}

// check reads on an instance.
func (c *ownClient) check(ctx context.Context, i *Instance, target string) error {
	var got ownAnswer
	a, err := c.ask(ctx, i, c.position, &got)
	if err != nil {
		return err
	}
	c.report.Reads++
	if a.isFromMemory() {
		c.report.FromMemory++
	}
	c.compare(fmt.Sprintf("at %s (%d statements)", a.position, a.statements), got, target)
	number, err := strconv.Atoi(got.Watched.Firstname)
	if err == nil && number < c.number {
		count := &c.report.Backwards
		if c.numberIsFromMemory && !a.isFromMemory() {
			count = &c.report.Unseen
		}
		c.fail(count, "the number %d at %s (%d statements) follows %d at %s", number, a.position, a.statements, c.number, c.numberAt)
	}
	if number >= c.number {
		c.numberIsFromMemory = a.isFromMemory()
		c.number, c.numberAt = number, fmt.Sprintf("%s (%d statements)", a.position, a.statements)
	}
	if a.position == "" {
		return errors.New("an answer has no position")
	}
	c.advance(a.position)
	return nil
}

// compare compares an answer with what the client has written.
func (c *ownClient) compare(where string, got ownAnswer, target string) {
	want, following := c.base+len(c.followed), got.Caller.Following
	switch {
	case following.TotalCount != want || got.Caller.Stats.FollowingsCount != want:
		c.fail(&c.report.Stale, "%s follows %d, and the answer %s says %d and %d", c.caller, want, where,
			following.TotalCount, got.Caller.Stats.FollowingsCount)
	case c.last != "" && following.Nodes[0].CognitoID != target:
		c.fail(&c.report.Stale, "%s has just followed %s, and the answer %s has %s", c.caller, target, where,
			following.Nodes[0].CognitoID)
	}
}

func (c *ownClient) fail(count *int, format string, args ...any) {
	if *count++; c.report.First == "" {
		c.report.First = fmt.Sprintf(format, args...)
	}
}
