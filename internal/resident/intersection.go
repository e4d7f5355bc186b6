package resident

import (
	"slices"

	"followgraph/internal/model"
	"followgraph/internal/page"
)

// ownedList is a follow list with its owner.
type ownedList struct {
	list
	owner       *node
	isFollowers bool
}

func followersOf(n *node) ownedList { return ownedList{n.followers, n, true} }
func followingOf(n *node) ownedList { return ownedList{n.following, n, false} }

// twoLists returns the two follow lists whose common elements a connection of a user has, in the order of the numbers
// that cursors contain.
func (v *Version) twoLists(key *model.ConnectionKey, user *node) [2]ownedList {
	if key.Kind == page.Friends {
		return [2]ownedList{followersOf(user), followingOf(user)}
	}
	with := v.find(key.With)
	switch key.Kind {
	case page.FollowersInCommon:
		return [2]ownedList{followersOf(user), followersOf(with)}
	case page.FollowingInCommon:
		return [2]ownedList{followingOf(user), followingOf(with)}
	default:
		return [2]ownedList{followersOf(user), followingOf(with)}
	}
}

// walkedList returns the number of the list whose order a page has: the list of its cursor, otherwise the shorter one,
// and the first one of two lists of the same length.
func walkedList(key *model.ConnectionKey, both [2]ownedList) uint8 {
	switch {
	case key.Page.HasCursor:
		return key.Page.Cursor.List
	case key.Page.HasEnd:
		return key.Page.End.List
	case both[1].len() < both[0].len():
		return 1
	default:
		return 0
	}
}

// collectFactor is how many times longer than the other list a list must be, so that the entries of the page are
// collected from the other list. An entry found in this way costs more, and all of them are sorted.
const collectFactor = 8

func (r *pageReader) intersection(key *model.ConnectionKey, user *node) error {
	both := r.twoLists(key, user)
	number := walkedList(key, both)
	walked, probed := both[number], both[1-number]
	switch {
	case walked.len() == 0 || probed.len() == 0:
		return nil
	case walked.len() > collectFactor*probed.len(): // a cursor's list, which is no longer the shorter one
		return r.collectCommon(key, number, walked, probed)
	default:
		return r.walkCommon(key, number, walked, probed)
	}
}

// walkCommon walks one list from the page's start and looks up each element in the other list, until the page is full.
func (r *pageReader) walkCommon(key *model.ConnectionKey, number uint8, walked, probed ownedList) error {
	var buffer [batch]entry
	var set smallSet
	contains := func(other uint32) bool { _, ok := r.entryOf(probed, other); return ok }
	if probed.long == nil && walked.len() > 2 {
		set.add(probed.short)
		contains = set.contains
	}
	from, descend, left := startOf(key), descends(key), key.Page.Fetch()
	size := min(batch, max(8, 2*left)) // a batch of a list of friends is often half used
	for {
		part := buffer[:size]
		n := walked.walk(from, descend, r.time, part)
		for _, e := range part[:n] {
			if !contains(e.other) {
				continue
			}
			left--
			r.addFollow(key, number, e)
			if left == 0 {
				return nil
			}
		}
		if n < len(part) {
			return nil
		}
		if err := interrupted(r.ctx); err != nil {
			return err
		}
		from, size = start{r.time(part[n-1]), true}, batch
	}
}

// collectCommon looks up each element of the probed list, which is much shorter, in the walked list, and sorts what it
// finds.
func (r *pageReader) collectCommon(key *model.ConnectionKey, number uint8, walked, probed ownedList) error {
	from, descend := startOf(key), descends(key)
	var buffer [batch]entry
	var common []entry
	for next := (start{}); ; {
		n := probed.walk(next, false, r.time, buffer[:])
		for _, e := range buffer[:n] {
			e, ok := r.entryOf(walked, e.other)
			if ok && (!from.given || descend && r.time(e).less(from.key) || !descend && from.less(r.time(e))) {
				common = append(common, e)
			}
		}
		if n < len(buffer) {
			break
		}
		if err := interrupted(r.ctx); err != nil {
			return err
		}
		next = start{r.time(buffer[n-1]), true}
	}
	slices.SortFunc(common, func(a, b entry) int {
		if descend {
			a, b = b, a
		}
		return r.time(a).compare(r.time(b))
	})
	for _, e := range common[:min(key.Page.Fetch(), len(common))] {
		r.addFollow(key, number, e)
	}
	return nil
}

// entryOf returns the entry of another user in a list.
func (v *Version) entryOf(l ownedList, other uint32) (e entry, ok bool) {
	if l.isFollowers {
		e, ok = v.follow(v.node(other), l.owner)
	} else {
		e, ok = v.follow(l.owner, v.node(other))
	}
	e.other = other
	return e, ok
}

// smallSet holds the other users of a short list, by open addressing. A slot contains a number plus one.
type smallSet [1 << 10]uint32

// slotOf takes the highest 10 bits of a multiplicative hash.
func slotOf(other uint32) uint32 { return other * 2654435769 >> 22 }

func (s *smallSet) add(entries []entry) {
	for _, e := range entries {
		at := slotOf(e.other)
		for s[at] != 0 {
			at = (at + 1) % uint32(len(s))
		}
		s[at] = e.other + 1
	}
}

func (s *smallSet) contains(other uint32) bool {
	for at := slotOf(other); s[at] != 0; at = (at + 1) % uint32(len(s)) {
		if s[at] == other+1 {
			return true
		}
	}
	return false
}
