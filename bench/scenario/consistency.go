package scenario

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"followgraph/internal/globalid"
)

// nestedQuery reads whole lists on three levels, with their counts. The pages are larger than nearly all lists.
const nestedQuery = `query Nested($id: String!) {
	user(cognitoId: $id) {
		...counted
		followers(first: 60) {
			totalCount pageInfo { hasNextPage }
			edges { node { ...counted following(first: 40) { totalCount pageInfo { hasNextPage } edges { node { ...counted } } } } }
		}
		following(first: 40) {
			totalCount pageInfo { hasNextPage }
			edges { node { ...counted followers(first: 40) { totalCount pageInfo { hasNextPage } edges { node { ...counted } } } } }
		}
	}
}
fragment counted on User { cognitoId stats { followersCount followingsCount } }`

type nestedUser struct {
	CognitoID string
	Stats     struct{ FollowersCount, FollowingsCount int }
	Followers *nestedList
	Following *nestedList
}

type nestedList struct {
	TotalCount int
	PageInfo   struct{ HasNextPage bool }
	Edges      []nestedEdge
}

// nestedEdge is an edge. Its node is nil for a follow of an account that is being deleted.
type nestedEdge struct{ Node *nestedUser }

func (l *nestedList) contains(id string) bool {
	for _, e := range l.Edges {
		if e.Node != nil && e.Node.CognitoID == id {
			return true
		}
	}
	return false
}

// disagreement describes how an answer contradicts itself; empty if it does not. All of it must be from one state of the
// graph: every user has the same counts wherever it appears, a list that is complete has as many users as its count, and
// a follow is in both lists.
func disagreement(root *nestedUser) string {
	if root == nil {
		return ""
	}
	seen := map[string]struct{ FollowersCount, FollowingsCount int }{}
	var visit func(u *nestedUser) string
	visit = func(u *nestedUser) string {
		if stats, ok := seen[u.CognitoID]; ok && stats != u.Stats {
			return fmt.Sprintf("%s has the counts %v and %v", u.CognitoID, stats, u.Stats)
		}
		seen[u.CognitoID] = u.Stats
		for _, side := range []struct {
			list  *nestedList
			count int
			back  func(*nestedUser) *nestedList
		}{
			{u.Followers, u.Stats.FollowersCount, func(o *nestedUser) *nestedList { return o.Following }},
			{u.Following, u.Stats.FollowingsCount, func(o *nestedUser) *nestedList { return o.Followers }},
		} {
			l := side.list
			if l == nil {
				continue
			}
			if l.TotalCount != side.count {
				return fmt.Sprintf("%s has a totalCount of %d and a count of %d", u.CognitoID, l.TotalCount, side.count)
			}
			if !l.PageInfo.HasNextPage && len(l.Edges) != l.TotalCount {
				return fmt.Sprintf("%s has %d users in a list of %d", u.CognitoID, len(l.Edges), l.TotalCount)
			}
			for _, e := range l.Edges {
				other := e.Node
				if other == nil {
					continue
				}
				if back := side.back(other); back != nil && !back.PageInfo.HasNextPage && !back.contains(u.CognitoID) {
					return fmt.Sprintf("%s lists %s, which does not list it", u.CognitoID, other.CognitoID)
				}
				if text := visit(other); text != "" {
					return text
				}
			}
		}
		return ""
	}
	return visit(root)
}

// Reads counts nested queries.
type Reads struct {
	Memory, SQL int    // answers
	Refused     int    // because of an outage
	Mixed       int    // answers from memory that contradict themselves
	First       string // of the contradictions
}

func (r *Reads) String() string {
	return fmt.Sprintf("%d nested queries from memory, %d by SQL, %d refused; %d of memory contradict themselves %s",
		r.Memory, r.SQL, r.Refused, r.Mixed, r.First)
}

func (r *Reads) add(o Reads) {
	r.Memory += o.Memory
	r.SQL += o.SQL
	r.Refused += o.Refused
	r.Mixed += o.Mixed
	if r.First == "" {
		r.First = o.First
	}
}

// reader asks nested queries.
type reader struct {
	world  *World
	random *rand.Rand
	// choose returns the instance to ask.
	choose func() *Instance
	// mayFail accepts that a server or the database is away.
	mayFail bool
	reads   Reads
}

// run asks until more returns false.
func (r *reader) run(ctx context.Context, more func() bool) error {
	for more() && ctx.Err() == nil {
		if err := r.one(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

func (r *reader) one(ctx context.Context) error {
	var data struct{ User *nestedUser }
	id := r.world.users[r.random.IntN(len(r.world.users))]
	a, err := r.choose().ask(ctx, question{query: nestedQuery, variables: map[string]any{"id": id}}, &data)
	switch {
	case err != nil && r.mayFail && isOutage(err):
		r.reads.Refused++
		return nil
	case err != nil:
		return err
	case !a.isFromMemory():
		r.reads.SQL++ // several statements, each of which sees another state
		return nil
	}
	r.reads.Memory++
	if text := disagreement(data.User); text != "" {
		r.reads.Mixed++
		if r.reads.First == "" {
			r.reads.First = text + " at " + a.position
		}
	}
	return nil
}

// ConsistencyOptions configure Consistency.
type ConsistencyOptions struct {
	Queries int
	Readers int
	Rate    int // of follows and unfollows a second
	Writers int // connections that write
}

// ConsistencyReport is the result of Consistency.
type ConsistencyReport struct {
	Reads   Reads
	Written int
	Elapsed time.Duration
}

func (r *ConsistencyReport) String() string {
	return fmt.Sprintf("%s; beside %.0f follows and unfollows a second (%s)", &r.Reads, float64(r.Written)/r.Elapsed.Seconds(),
		r.Elapsed.Round(time.Second))
}

// Consistency asks nested queries of one instance while others write through it.
func Consistency(ctx context.Context, w *World, o ConsistencyOptions) (_ *ConsistencyReport, err error) {
	i, err := w.startInstance(ctx, w.Postgres.URL())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stopInstances()) }()
	if err := i.awaitMemory(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	written, stop := w.churnBeside(ctx, i, o.Rate, o.Writers)
	var asked atomic.Int64
	readers := make([]*reader, o.Readers)
	readerErrs := make([]error, o.Readers)
	var group sync.WaitGroup
	for n := range readers {
		readers[n] = &reader{world: w, random: w.randomOf(n), choose: func() *Instance { return i }}
		group.Go(func() {
			readerErrs[n] = readers[n].run(ctx, func() bool { return asked.Add(1) <= int64(o.Queries) })
		})
	}
	group.Wait()
	report := &ConsistencyReport{Elapsed: time.Since(began), Written: int(written.Load())}
	for _, r := range readers {
		report.Reads.add(r.reads)
	}
	return report, errors.Join(stop(), errors.Join(readerErrs...))
}

func (w *World) randomOf(n int) *rand.Rand {
	return rand.New(rand.NewPCG(w.Dataset.Seed, uint64(n)+100)) //nolint:gosec // must be reproducible
}

// churn follows and unfollows at a part of the rate until ctx ends. Every caller belongs to one writer.
func (w *World) churn(ctx context.Context, i *Instance, n, rate, writers int, written *atomic.Int64) error {
	ticker := time.NewTicker(time.Second * time.Duration(writers) / time.Duration(rate))
	defer ticker.Stop()
	random := w.randomOf(1000 + n)
	var follows []follow
	for pause(ctx, ticker.C) == nil {
		p, start := follow{}, len(follows) < 100
		if start {
			p = follow{
				w.users[n+random.IntN(len(w.users)/writers)*writers], w.users[random.IntN(len(w.users))],
			}
			if p.follower == p.following {
				continue
			}
			follows = append(follows, p)
		} else {
			p, follows = follows[0], follows[1:]
		}
		if _, err := i.follow(ctx, p.follower, globalid.User(p.following), start); err != nil && ctx.Err() == nil {
			return err
		}
		written.Add(1)
	}
	return nil
}
