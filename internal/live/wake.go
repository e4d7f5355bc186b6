package live

// wakeup is watchers that have to be woken because of a user.
type wakeup struct {
	user     *user
	watchers *watchers
}

// queue adds the watchers of a user to those that have to be woken. The caller has the lock of the hub, and calls
// startWaking in the end.
func (h *Hub) queue(u *user, w *watchers) {
	if !w.queued && len(w.all) > 0 {
		w.queued = true
		h.wakeups = append(h.wakeups, wakeup{u, w})
	}
}

// touch queues the watchers that a new record of a user may concern.
func (h *Hub) touch(u *user, what what) {
	if u.watch == nil {
		return
	}
	h.queue(u, &u.watch.changes)
	if what == account {
		h.queue(u, &u.watch.accounts)
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
			w.queued = false
			// From the last one on: a subscription that ends meanwhile moves one that was visited already to its place.
			for i := len(w.all); i > 0; i = min(i, len(w.all)) {
				batch = batch[:0]
				for end := max(0, i-wakeBatch); i > end; i-- {
					s := w.all[i-1].subscription
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
