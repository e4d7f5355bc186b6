package live

// user is a Cognito id that is in the log or in a topic.
type user struct {
	id      string
	number  uint32 // in the table of users
	records uint32 // how often records name the user
	watch   *watch // nil if no topic names the user

	in       *list // records of follows of the user, and of the account
	out      *list // records of follows by the user
	accounts *list // records of the account
}

// userBytes is the memory of a user without id and lists: the user, its place in the table, and its share of the map.
const userBytes = 64 + 8 + 48

func (u *user) bytes() int64 { return userBytes + int64(len(u.id)+15)&^15 }

// users are the users of the log and of the topics. The number of a user who leaves is used again.
type users struct {
	byID  map[string]*user
	table []*user
	free  []uint32
	bytes int64 // the memory of the users that records name
}

// get returns a user, a new one for a new id.
func (s *users) get(id string) *user {
	if u := s.byID[id]; u != nil {
		return u
	}
	u := &user{id: id, number: uint32(len(s.table))}
	if last := len(s.free) - 1; last >= 0 {
		u.number, s.free = s.free[last], s.free[:last]
		s.table[u.number] = u
	} else {
		s.table = append(s.table, u)
	}
	if s.byID == nil {
		s.byID = map[string]*user{}
	}
	s.byID[id] = u
	return u
}

// named returns the user that a new record names.
func (s *users) named(id string) *user {
	u := s.get(id)
	if u.records++; u.records == 1 {
		s.bytes += u.bytes()
	}
	return u
}

// unnamed is the end of a record that named a user.
func (s *users) unnamed(u *user) {
	if u.records--; u.records == 0 {
		s.bytes -= u.bytes()
		s.drop(u)
	}
}

// drop removes a user that neither a record nor a topic names.
func (s *users) drop(u *user) {
	if u.records > 0 || u.watch != nil {
		return
	}
	delete(s.byID, u.id)
	s.table[u.number] = nil
	s.free = append(s.free, u.number)
}

// forget removes all records from the users. It makes new tables, because the old ones have the size of the largest log.
func (s *users) forget() {
	old := s.table
	*s = users{}
	for _, u := range old {
		if u == nil || u.watch == nil {
			continue
		}
		u.records, u.in, u.out, u.accounts = 0, nil, nil, nil
		u.watch.evicted = evicted{}
		u.number = uint32(len(s.table))
		s.table = append(s.table, u)
		if s.byID == nil {
			s.byID = map[string]*user{}
		}
		s.byID[u.id] = u
	}
}

// watch is what subscriptions need of a user.
type watch struct {
	changes  watchers // of the topics that any record of the user may change
	accounts watchers // of the topics that only records of the account change
	evicted  evicted
	// Whether changes and accounts are in the queue of the hub.
	changesQueued, accountsQueued bool
}

// evicted has the LSNs of the newest records that have left the lists of a user; 0 for none. A subscription whose cursor
// is before one of them may lack a change. A user without a watch needs none: no subscription begins before the log.
type evicted struct{ in, out, accounts uint64 }

// miss notes that a record is not in the log, for the subscriptions that have not read it.
func (u *user) miss(r *record, following bool) {
	switch {
	case u.watch == nil:
	case !following:
		u.watch.evicted.out = r.lsn
	case r.what == account:
		u.watch.evicted.in, u.watch.evicted.accounts = r.lsn, r.lsn
	default:
		u.watch.evicted.in = r.lsn
	}
}

// watchers are the subscriptions that name a user.
type watchers []watcher

// watcher is a subscription, and which of its members the user is.
type watcher struct {
	subscription *Subscription
	member       int
}

func (w *watchers) add(s *Subscription, member int) {
	s.members[member].at = len(*w)
	*w = append(*w, watcher{s, member})
}

// remove removes the watcher at an index. The last one takes its place.
func (w *watchers) remove(at int) {
	last := len(*w) - 1
	moved := (*w)[last]
	(*w)[at] = moved
	moved.subscription.members[moved.member].at = at
	(*w)[last] = watcher{}
	*w = (*w)[:last]
}
