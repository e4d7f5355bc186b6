package live

import (
	"sort"
	"time"

	"followgraph/internal/commit"
	"followgraph/internal/resident"
	"followgraph/internal/timestamp"
)

// history is the changes of the newest commits, in commit order, up to a number of bytes. It also knows the users of
// these changes and of the subscriptions. The caller has the lock of the hub.
type history struct {
	maxBytes int64
	began    bool            // whether there is a log
	number   uint64          // of the log: a subscription of an earlier one has a gap
	start    uint64          // LSN: the changes of all commits after it are here
	head     commit.Position // of the newest commit, also of one without changes
	version  *resident.Version

	commits ring[entry]
	records ring[record]
	users   users
	// lists is the memory of the lists of all users that have records.
	lists int64
}

// entry is a commit that has records.
type entry struct {
	lsn   uint64
	at    int64 // nanoseconds since 1970
	begin uint64
}

// record is one change.
type record struct {
	lsn       uint64 // of its commit
	id        int64
	startedAt timestamp.Timestamp
	follower  uint32 // numbers of users
	following uint32
	what      what
}

// what is what a record says.
type what uint8

const (
	added   what = iota // a follow began
	removed             // a follow ended
	account             // the account of following was created or deleted; there is no follower
)

// begin begins a log after a position.
func (h *history) begin(at commit.Position, version *resident.Version) {
	h.end()
	h.began, h.start, h.head, h.version = true, at.LSN, at, version
}

// end drops the log.
func (h *history) end() {
	h.number++
	h.began, h.head, h.version = false, commit.Position{}, nil
	h.commits.clear()
	h.records.clear()
	h.users.forget()
	h.lists = 0
}

// add adds the records of a commit. It calls touched for each user that a record names. The commit leaves the log at
// once if it alone exceeds the memory.
func (h *history) add(c *Commit, touched func(*user, what)) {
	e, _ := h.commits.push()
	*e = entry{c.Position.LSN, c.At.UnixNano(), h.records.end}
	for i := range c.Changes {
		change := &c.Changes[i]
		r := record{lsn: c.Position.LSN, id: change.ID, startedAt: change.StartedAt, what: removed}
		if change.Added {
			r.what = added
		}
		h.push(r, change.Follower, change.Following, touched)
	}
	for _, id := range c.Accounts {
		h.push(record{lsn: c.Position.LSN, what: account}, "", id, touched)
	}
}

// push adds a record of the newest commit. If that has left the log already, it only notes what is missed.
func (h *history) push(r record, followerID, followingID string, touched func(*user, what)) {
	if h.start == r.lsn {
		if u := h.users.byID[followingID]; u != nil {
			u.miss(&r, true)
			touched(u, r.what)
		}
		if u := h.users.byID[followerID]; u != nil {
			u.miss(&r, false)
			touched(u, r.what)
		}
		return
	}
	following := h.users.named(followingID)
	r.following = following.number
	slot, index := h.records.push()
	h.append(&following.in, index)
	touched(following, r.what)
	if r.what == account {
		h.append(&following.accounts, index)
	} else {
		follower := h.users.named(followerID)
		r.follower = follower.number
		h.append(&follower.out, index)
		touched(follower, r.what)
	}
	*slot = r
	for h.bytes() > h.maxBytes && h.commits.len() > 0 {
		h.evict()
	}
}

func (h *history) append(to **list, index uint64) {
	h.lists -= (*to).bytes()
	if *to == nil {
		*to = new(list)
	}
	(*to).add(index)
	h.lists += (*to).bytes()
}

// evict removes the oldest commit.
func (h *history) evict() {
	e := *h.commits.pop()
	h.start = e.lsn
	end := h.records.end
	if h.commits.len() > 0 {
		end = h.commits.at(h.commits.begin).begin
	}
	for h.records.begin < end {
		r := *h.records.pop()
		following := h.users.table[r.following]
		h.pop(&following.in)
		following.miss(&r, true)
		if r.what == account {
			h.pop(&following.accounts)
		} else {
			follower := h.users.table[r.follower]
			h.pop(&follower.out)
			follower.miss(&r, false)
			h.users.unnamed(follower)
		}
		h.users.unnamed(following)
	}
}

func (h *history) pop(from **list) {
	h.lists -= (*from).bytes()
	if (*from).pop(); (*from).isEmpty() {
		*from = nil
	}
	h.lists += (*from).bytes()
}

// bytes returns the memory of the log.
func (h *history) bytes() int64 {
	return h.commits.bytes() + h.records.bytes() + h.lists + h.users.bytes
}

// after returns the index of the first record after an LSN.
func (h *history) after(lsn uint64) uint64 {
	if n := h.commits.len(); n == 0 || h.commits.at(h.commits.end-1).lsn <= lsn {
		return h.records.end
	}
	n := sort.Search(h.commits.len(), func(i int) bool { return h.commits.at(h.commits.begin+uint64(i)).lsn > lsn })
	return h.commits.at(h.commits.begin + uint64(n)).begin
}

// committedAt returns when the commit with an LSN was made.
func (h *history) committedAt(lsn uint64) time.Time {
	n := sort.Search(h.commits.len(), func(i int) bool { return h.commits.at(h.commits.begin+uint64(i)).lsn >= lsn })
	return time.Unix(0, h.commits.at(h.commits.begin+uint64(n)).at)
}

// at returns the position of a commit of the log.
func (h *history) at(lsn uint64) commit.Position {
	p := h.head
	p.LSN = lsn
	return p
}

// change returns a record as a Change.
func (h *history) change(r *record) Change {
	return Change{
		Follower: h.users.table[r.follower].id, Following: h.users.table[r.following].id,
		StartedAt: r.startedAt, ID: r.id, Added: r.what == added,
	}
}

// span returns the time from the oldest to the newest commit.
func (h *history) span() time.Duration {
	if h.commits.len() == 0 {
		return 0
	}
	return time.Duration(h.commits.at(h.commits.end-1).at - h.commits.at(h.commits.begin).at)
}
