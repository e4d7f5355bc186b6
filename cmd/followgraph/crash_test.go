package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/auth"
	"followgraph/internal/globalid"
)

// crashLoad is the duration of each phase of TestCrashes: one before the server is killed, one before PostgreSQL is
// killed, and one after.
var crashLoad = flag.Duration("crash-load", 3*time.Second, "how long each phase of TestCrashes lasts")

const (
	crashUsers   = 200 // user0 is the celebrity, the subject of every fourth change
	crashSpares  = 100 // replacements of deleted users
	crashClients = 64
)

// TestCrashes runs 64 clients that follow, unfollow, remove followers and delete accounts at random. It kills the
// server and then PostgreSQL, and compares the final state with the acknowledged changes.
func TestCrashes(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	var users strings.Builder
	users.WriteString("cognito_id,username\n")
	for i := range crashUsers + crashSpares {
		fmt.Fprintf(&users, "user%[1]d,user%[1]d\n", i)
	}
	output, status := p.run(t, users.String(), "import", "users", "-")
	require.Zero(t, status, output)
	p.start(t)
	p.awaitReady(t)
	keys, err := auth.LoadKeys(filepath.Join(p.dir, "token-key.pem"), nil)
	require.NoError(t, err)

	c := &crash{t: t, program: p, tokens: auth.NewTokens(keys, time.Hour, time.Now), people: make([]*person, crashUsers), unsure: map[int]bool{}}
	for i := range c.people {
		c.people[i] = &person{number: i}
	}
	c.next.Store(crashUsers)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var clients sync.WaitGroup
	for i := range crashClients {
		clients.Go(func() { c.client(ctx, rand.New(rand.NewPCG(7, uint64(i)))) })
	}
	phase := func() {
		before := c.acknowledged.Load()
		select {
		case <-time.After(*crashLoad):
		case <-t.Context().Done():
		}
		require.Greater(t, c.acknowledged.Load(), before, "nothing was done in this phase")
	}
	phase()
	p.kill(t)
	p.start(t)
	phase()
	p.killPostgres(t)
	p.awaitReady(t)
	phase()
	stop()
	clients.Wait()
	require.Empty(t, c.wrong())

	output, status = p.run(t, "", "stats", "verify")
	require.Zero(t, status, output)
	checked := c.compare()
	t.Logf("%d changes acknowledged, %d without an answer, %d accounts deleted, %d pairs compared",
		c.acknowledged.Load(), c.lost.Load(), c.deleted.Load(), checked)
	require.Greater(t, checked, 100)
}

// crash records the changes that the server has acknowledged.
type crash struct {
	t            *testing.T
	program      *program
	tokens       *auth.Tokens
	acknowledged atomic.Int64
	lost         atomic.Int64
	deleted      atomic.Int64
	next         atomic.Int64 // number of the next spare user

	pairs sync.Map // [2]int, follower and followed: *pair

	mu     sync.Mutex
	people []*person
	unsure map[int]bool // users whose deletion got no response; the test no longer changes them
	faults []string
}

// person is an account. A change of its follows takes the lock shared, and a deletion takes it exclusively.
type person struct {
	sync.RWMutex
	number int
	gone   bool
}

// pair is the known state of one follow. Requests about it are serialized, so that the last response counts.
type pair struct {
	sync.Mutex
	known    bool // false after a request without a response
	followed bool
}

func (c *crash) client(ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		a, b := c.pick(random), c.pick(random)
		switch {
		case a == b:
		case random.IntN(200) == 0 && a.number != 0:
			if spare := c.next.Add(1) - 1; spare < crashUsers+crashSpares {
				c.deleteAccount(ctx, a, int(spare))
			}
		default:
			c.change(ctx, a, b, random.IntN(5))
		}
	}
}

func (c *crash) pick(random *rand.Rand) *person {
	c.mu.Lock()
	defer c.mu.Unlock()
	if random.IntN(8) == 0 {
		return c.people[0]
	}
	return c.people[random.IntN(len(c.people))]
}

// change adds or removes the follow from a to b: a follows or unfollows, or b removes the follower.
func (c *crash) change(ctx context.Context, a, b *person, what int) {
	a.RLock()
	defer a.RUnlock()
	b.RLock()
	defer b.RUnlock()
	if a.gone || b.gone {
		return
	}
	found, _ := c.pairs.LoadOrStore([2]int{a.number, b.number}, &pair{known: true})
	of := found.(*pair)
	of.Lock()
	defer of.Unlock()
	mutation, caller, about := "followUser", a, b
	switch what {
	case 0:
		mutation = "unfollowUser"
	case 1:
		mutation, caller, about = "removeFollower", b, a
	}
	payload, ok := c.mutate(ctx, mutation, caller, about)
	if !ok {
		of.known = false
		return
	}
	before, wanted := of.followed, mutation == "followUser"
	if of.known && payload.Changed != (before != wanted) {
		c.fault("%s of %d by %d: changed is %t where the follow was %t", mutation, about.number, caller.number, payload.Changed, before)
	}
	of.known, of.followed = true, wanted
}

// deleteAccount deletes an account and replaces it by a spare one.
func (c *crash) deleteAccount(ctx context.Context, who *person, spare int) {
	who.Lock()
	defer who.Unlock()
	if who.gone {
		return
	}
	_, ok := c.mutate(ctx, "deleteAccount", who, nil)
	who.gone = true
	c.mu.Lock()
	defer c.mu.Unlock()
	if ok {
		c.deleted.Add(1)
	} else {
		c.unsure[who.number] = true
	}
	c.people[indexOf(c.people, who)] = &person{number: spare}
}

func indexOf(people []*person, who *person) int {
	for i, each := range people {
		if each == who {
			return i
		}
	}
	panic("a person was deleted twice")
}

type payload struct {
	Changed bool `json:"changed"`
}

var errAway = errors.New("the server or its database is away")

// mutate sends a mutation. ok is false if its result is unknown. If the server is down, mutate waits.
func (c *crash) mutate(ctx context.Context, mutation string, caller, about *person) (_ payload, ok bool) {
	done, err := c.send(ctx, mutation, caller, about)
	if err == nil {
		c.acknowledged.Add(1)
		return done, true
	}
	c.lost.Add(1)
	if !errors.Is(err, errAway) && ctx.Err() == nil {
		c.fault("%s by %d: %s", mutation, caller.number, err)
	}
	select { // does not flood a starting server
	case <-time.After(20 * time.Millisecond):
	case <-ctx.Done():
	}
	return payload{}, false
}

func (c *crash) send(ctx context.Context, mutation string, caller, about *person) (payload, error) {
	token, _, err := c.tokens.Issue(fmt.Sprint("user", caller.number), 0)
	if err != nil {
		return payload{}, err
	}
	input, fields := "{}", "deletedUserId"
	if about != nil {
		input, fields = fmt.Sprintf(`{userId: "%s"}`, globalid.User(fmt.Sprint("user", about.number))), "changed"
	}
	body, err := json.Marshal(map[string]string{"query": fmt.Sprintf("mutation { it: %s(input: %s) { %s } }", mutation, input, fields)})
	if err != nil {
		return payload{}, err
	}
	// Not ctx, so that the results of the last requests are known.
	request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, c.program.at()+"/graphql", bytes.NewReader(body))
	if err != nil {
		return payload{}, err
	}
	request.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}
	response, err := crashHTTP.Do(request)
	if err != nil {
		return payload{}, errAway
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return payload{}, errAway
	}
	return read(response.StatusCode, text)
}

var crashHTTP = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: crashClients}}

// read returns an error unless the response acknowledges the change.
func read(status int, text []byte) (payload, error) {
	var answer struct {
		Data   struct{ It *payload }
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return payload{}, fmt.Errorf("status %d: %s", status, text)
	}
	if len(answer.Errors) > 0 {
		first := answer.Errors[0]
		switch first.Extensions.Code {
		case "UNAVAILABLE", "TIMEOUT", "CANCELED":
			return payload{}, errAway
		}
		return payload{}, fmt.Errorf("%s: %s", first.Extensions.Code, first.Message)
	}
	if answer.Data.It == nil {
		return payload{}, fmt.Errorf("status %d: %s", status, text)
	}
	return *answer.Data.It, nil
}

func (c *crash) fault(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

func (c *crash) wrong() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.faults[:min(len(c.faults), 10)]
}

// compare reads all follows and compares those whose last change was acknowledged.
func (c *crash) compare() (checked int) {
	// A deletion that was interrupted by the end of PostgreSQL was acknowledged. The next sweep continues it.
	var there map[[2]int]bool
	require.Eventually(c.t, func() bool {
		var orphans bool
		there, orphans = c.follows()
		return !orphans || len(c.unsure) > 0
	}, time.Minute, 100*time.Millisecond, "follows of accounts whose deletion was acknowledged")
	present := map[int]bool{}
	for _, each := range c.people {
		present[each.number] = true
	}
	c.pairs.Range(func(key, value any) bool {
		of, ends := value.(*pair), key.([2]int)
		if c.unsure[ends[0]] || c.unsure[ends[1]] {
			return true
		}
		deleted := !present[ends[0]] || !present[ends[1]]
		if of.known || deleted {
			checked++
			require.Equal(c.t, of.followed && !deleted, there[ends], "the follow from %d to %d", ends[0], ends[1])
		}
		return true
	})
	return checked
}

// follows returns all follows of the remaining accounts that the API shows, and reports whether it shows follows of
// deleted accounts.
func (c *crash) follows() (there map[[2]int]bool, orphans bool) {
	there = map[[2]int]bool{}
	for _, who := range c.people {
		cursor := "null"
		for cursor != "" {
			var answer struct {
				Data struct {
					User struct {
						Followers struct {
							Edges    []struct{ Node *struct{ CognitoID string } }
							PageInfo struct {
								HasNextPage bool
								EndCursor   string
							}
						}
					}
				}
			}
			query := fmt.Sprintf(`{ user(cognitoId: "user%d") { followers(first: 100, after: %s) { edges { node { cognitoID: cognitoId } } pageInfo { hasNextPage endCursor } } } }`,
				who.number, cursor)
			body, err := json.Marshal(map[string]string{"query": query})
			require.NoError(c.t, err)
			response, err := http.Post(c.program.at()+"/graphql", "application/json", bytes.NewReader(body))
			require.NoError(c.t, err)
			require.NoError(c.t, json.NewDecoder(response.Body).Decode(&answer))
			require.NoError(c.t, response.Body.Close())
			page := answer.Data.User.Followers
			for _, edge := range page.Edges {
				if edge.Node == nil {
					orphans = true
					continue
				}
				var follower int
				_, err := fmt.Sscanf(edge.Node.CognitoID, "user%d", &follower)
				require.NoError(c.t, err)
				there[[2]int{follower, who.number}] = true
			}
			cursor = ""
			if page.PageInfo.HasNextPage {
				cursor = `"` + page.PageInfo.EndCursor + `"`
			}
		}
	}
	return there, orphans
}
