package live

// wakeup is watchers of a user, which have to be woken.
type wakeup struct {
	user     *user
	watchers *watchers
	queued   *bool
}

// touch queues the watchers that a new record of a user may concern. The caller has the lock of the hub, and calls
// startWaking in the end.
func (h *Hub) touch(u *user, what what) {
	w := u.watch
	if w == nil {
		return
	}
	if !w.changesQueued && len(w.changes) > 0 {
		w.changesQueued = true
		h.wakeups = append(h.wakeups, wakeup{u, &w.changes, &w.changesQueued})
	}
	if what == account && !w.accountsQueued && len(w.accounts) > 0 {
		w.accountsQueued = true
		h.wakeups = append(h.wakeups, wakeup{u, &w.accounts, &w.accountsQueued})
	}
}

// touchAll queues all watchers.
func (h *Hub) touchAll() {
	for _, u := range h.log.users.table {
		if u != nil {
			h.touch(u, account)
		}
	}
}

// startWaking wakes the queued watchers in a goroutine, which ends when the queue is empty.
func (h *Hub) startWaking() {
	if len(h.wakeups) > 0 && !h.waking {
		h.waking = true
		go h.wakeAll()
	}
}

// wakeBatch is how many subscriptions are looked at while Publish may wait.
const wakeBatch = 64

func (h *Hub) wakeAll() {
	batch := make([]*Subscription, 0, wakeBatch)
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.wakeups) > 0 {
		queue := h.wakeups
		h.wakeups = nil
		for _, next := range queue {
			w := next.watchers
			*next.queued = false
			// From the last one on: a subscription that ends meanwhile moves one that was visited already to its place.
			for i := len(*w); i > 0; i = min(i, len(*w)) {
				batch = batch[:0]
				for end := max(0, i-wakeBatch); i > end; i-- {
					s := (*w)[i-1].subscription
					if !s.woken && s.pendingBy(next.user) {
						s.woken = true
						batch = append(batch, s)
					}
				}
				h.woken += int64(len(batch))
				h.mu.Unlock()
				for _, s := range batch {
					s.wake()
				}
				h.mu.Lock()
			}
		}
	}
	h.waking = false
}
