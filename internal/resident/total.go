package resident

import (
	"context"

	"followgraph/internal/model"
	"followgraph/internal/observe/meter"
	"followgraph/internal/page"
)

// maxCounted is the number of users up to which they are counted one by one.
const maxCounted = 100_000

// Totals returns the exact number of elements on all pages of each key's connection. The number of users and the
// length of a list are known. The elements that two lists share are counted in time proportional to the shorter list,
// and those of a search one by one. A total is nil if these are more than maxCounted, or more than that many words begin
// with each word of the search.
func (v *Version) Totals(ctx context.Context, keys []model.ConnectionKey) ([]*int, error) {
	counter := totalCounter{Version: v, ctx: ctx}
	counts, totals := make([]int, len(keys)), make([]*int, len(keys))
	for i := range keys {
		if err := interrupted(ctx); err != nil {
			return nil, err
		}
		n, ok, err := counter.count(&keys[i])
		if err != nil {
			return nil, err
		}
		if ok {
			counts[i], totals[i] = n, &counts[i]
		}
	}
	return totals, nil
}

// totalCounter counts the elements of connections.
type totalCounter struct {
	*Version
	ctx     context.Context
	numbers bitmap // empty between two counts; nil before the first use
}

// count returns a total; ok is false if it would take too long.
func (c *totalCounter) count(key *model.ConnectionKey) (n int, ok bool, err error) {
	switch key.Kind {
	case page.Followers:
		return c.find(key.User).followers.len(), true, nil
	case page.Following:
		return c.find(key.User).following.len(), true, nil
	case page.Friends, page.FollowersInCommon, page.FollowingInCommon, page.FollowersYouKnow:
		return c.common(c.twoLists(key, c.find(key.User)))
	case page.Search:
		return c.newSearcher(c.ctx, key.Query).total()
	default:
		return c.Accounts(), true, nil
	}
}

// scanFactor is how many times longer than the shorter list the longer one must be, so that it is faster to look up each
// element of the shorter list than to read the whole longer one, see BenchmarkTotals.
const scanFactor = 16

// common returns the number of users that two lists share.
func (c *totalCounter) common(both [2]ownedList) (n int, ok bool, err error) {
	short, long := both[0], both[1]
	if long.len() < short.len() {
		short, long = long, short
	}
	switch {
	case short.len() > maxCounted:
		return 0, false, nil
	case short.len() == 0:
	case long.len() > scanFactor*short.len():
		n, err = c.probe(short, long)
	case short.long == nil:
		var set smallSet
		set.add(short.short)
		n, err = c.scan(long, set.contains)
	default:
		n, err = c.scanFor(short, long)
	}
	return n, true, err
}

// probe looks up each element of a list in a longer one.
func (c *totalCounter) probe(short, long ownedList) (n int, err error) {
	err = short.parts(c.ctx, func(part []entry) {
		for i := range part {
			if _, ok := c.entryOf(long, part[i].other); ok {
				n++
			}
		}
	})
	return n, err
}

// scan reads a list and counts its elements in a set.
func (c *totalCounter) scan(long ownedList, contains func(uint32) bool) (n int, err error) {
	err = long.parts(c.ctx, func(part []entry) {
		for i := range part {
			if contains(part[i].other) {
				n++
			}
		}
	})
	return n, err
}

// scanFor is scan with a set of the elements of a long list.
func (c *totalCounter) scanFor(short, long ownedList) (n int, err error) {
	if c.numbers == nil {
		words := c.nodes.size()/64 + 1
		if err := meter.From(c.ctx).Hold(8 * words); err != nil {
			return 0, err
		}
		c.numbers = make(bitmap, words)
	}
	if err = short.parts(c.ctx, c.numbers.add); err != nil {
		return 0, err
	}
	err = long.parts(c.ctx, func(part []entry) { n += c.numbers.count(part) })
	if err == nil {
		err = short.parts(c.ctx, c.numbers.remove)
	}
	return n, err
}

// bitmap is a set of numbers of users.
type bitmap []uint64

func (b bitmap) add(entries []entry) {
	for i := range entries {
		other := entries[i].other
		b[other/64] |= 1 << (other % 64)
	}
}

// remove removes entries, and may remove others.
func (b bitmap) remove(entries []entry) {
	for i := range entries {
		b[entries[i].other/64] = 0
	}
}

// count returns how many of the entries are in the set.
func (b bitmap) count(entries []entry) int {
	n := uint64(0)
	for i := range entries {
		other := entries[i].other
		n += b[other/64] >> (other % 64) & 1
	}
	return int(n)
}
