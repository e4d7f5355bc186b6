package live

import "slices"

// hits are the records of a topic after a cursor.
type hits struct {
	first, last uint64 // indexes
	any         bool
}

func (h *hits) add(index uint64) {
	if !h.any {
		h.first, h.last, h.any = index, index, true
		return
	}
	h.first, h.last = min(h.first, index), max(h.last, index)
}

// addAll adds the records of a list, which begin with an index.
func (h *hits) addAll(l *list, from uint64) bool {
	first, ok := l.first(from)
	if ok {
		last, _ := l.last()
		h.add(first)
		h.add(last)
	}
	return ok
}

// event makes the event after the cursor. The caller has the lock of the hub.
func (s *Subscription) event() (*Event, error) {
	log := &s.hub.log
	if s.log != log.number || s.missed() {
		return nil, ErrGap
	}
	e := &Event{Position: log.head, Version: log.version}
	var found hits
	from := log.after(s.cursor)
	switch s.kind {
	case Stats:
		e.Users = s.changedCounts(&found, from)
	case Relations:
		e.Users = s.changedRelations(&found, from)
	default:
		if err := s.changes(e, &found, from); err != nil {
			return nil, err
		}
	}
	if !found.any {
		s.cursor = max(s.cursor, log.head.LSN)
		return nil, nil
	}
	e.First, e.Last = log.records.at(found.first).lsn, log.records.at(found.last).lsn
	e.CommittedAt = log.committedAt(e.First)
	if e.More {
		e.Position = log.at(e.Last)
	}
	return e, nil
}

// missed reports whether the log lacks a record that may be one of the topic. It is exact for Stats and Followers. For
// Relations and Gained, skip moves the cursor behind records of other topics while they are in the log.
func (s *Subscription) missed() bool {
	for i := range s.members {
		evicted := &s.members[i].user.watch.evicted
		missed := evicted.in
		switch {
		case s.kind == Relations && i > 0:
			missed = evicted.accounts
		case s.kind == Relations || s.kind == Stats:
			missed = max(evicted.in, evicted.out)
		}
		if missed > s.cursor {
			return true
		}
	}
	return false
}

// changedCounts returns the users that have a record.
func (s *Subscription) changedCounts(found *hits, from uint64) (ids []string) {
	for i := range s.members {
		u := s.members[i].user
		in, out := found.addAll(u.in, from), found.addAll(u.out, from)
		if in || out {
			ids = append(ids, u.id)
		}
	}
	return ids
}

// changedRelations returns the users whose account, whose follow of the viewer, or the viewer's follow of them has a
// record. It reads the records of the viewer or those of the users, whichever are fewer.
func (s *Subscription) changedRelations(found *hits, from uint64) (ids []string) {
	log := &s.hub.log
	viewer, members := s.members[0].user, s.members[1:]
	changed := make([]bool, len(members))
	theirs := 0
	for i := range members {
		u := members[i].user
		changed[i] = found.addAll(u.accounts, from)
		theirs += u.in.after(from) + u.out.after(from)
	}
	if viewer.in.after(from)+viewer.out.after(from) <= theirs {
		met := func(index uint64, other uint32) {
			if i, ok := slices.BinarySearchFunc(members, log.users.table[other].id, member.compare); ok {
				changed[i] = true
				found.add(index)
			}
		}
		for index := range viewer.in.from(from) {
			if r := log.records.at(index); r.what != account {
				met(index, r.follower)
			}
		}
		for index := range viewer.out.from(from) {
			met(index, log.records.at(index).following)
		}
	} else {
		for i := range members {
			met := func(index uint64, other uint32) {
				if other == viewer.number {
					changed[i] = true
					found.add(index)
				}
			}
			for index := range members[i].user.in.from(from) {
				if r := log.records.at(index); r.what != account {
					met(index, r.follower)
				}
			}
			for index := range members[i].user.out.from(from) {
				met(index, log.records.at(index).following)
			}
		}
	}
	for i := range members {
		if changed[i] {
			ids = append(ids, members[i].user.id)
		}
	}
	return ids
}

// changes adds the changes of the only user of Followers or Gained to an event: whole commits, as many as it may have.
func (s *Subscription) changes(e *Event, found *hits, from uint64) error {
	log, u := &s.hub.log, s.members[0].user
	commits, lsn := 0, uint64(0)
	whole, wholeFound, wholeUsers := 0, hits{}, []string(nil) // without the commit that is being read
	for index := range u.in.from(from) {
		r := log.records.at(index)
		if !s.wants(r) {
			continue
		}
		if r.lsn != lsn {
			if len(e.Changes) >= MaxChanges {
				e.More = true
				break
			}
			lsn, commits = r.lsn, commits+1
			whole, wholeFound, wholeUsers = len(e.Changes), *found, e.Users
		}
		found.add(index)
		if r.what == account {
			e.Users = []string{u.id}
			continue
		}
		e.Changes = append(e.Changes, log.change(r))
		switch n := len(e.Changes); {
		case n > MaxChanges && commits > 1:
			e.Changes, *found, e.Users, e.More = e.Changes[:whole], wholeFound, wholeUsers, true
			return nil
		case n > MaxCommitChanges:
			return ErrGap
		}
	}
	return nil
}

// wants reports whether a record of the user of Followers or Gained belongs to the topic.
func (s *Subscription) wants(r *record) bool { return s.kind == Followers || r.what == added }

// pending reports whether Next returns an event or an error.
func (s *Subscription) pending() bool {
	log := &s.hub.log
	if s.log != log.number || s.missed() {
		return true
	}
	from := log.after(s.cursor)
	if from == log.records.end {
		return false
	}
	switch s.kind {
	case Stats:
		for i := range s.members {
			u := s.members[i].user
			if u.in.reaches(from) || u.out.reaches(from) {
				return true
			}
		}
		return false
	case Relations:
		return len(s.changedRelations(new(hits), from)) > 0
	default:
		for index := range s.members[0].user.in.from(from) {
			if s.wants(log.records.at(index)) {
				return true
			}
		}
		return false
	}
}

// pendingBy is pending after a record of a user was added. It costs less for Stats, which may have many users.
func (s *Subscription) pendingBy(u *user) bool {
	log := &s.hub.log
	if s.log == log.number && s.kind == Stats {
		evicted := &u.watch.evicted
		from := log.after(s.cursor)
		return max(evicted.in, evicted.out) > s.cursor || u.in.reaches(from) || u.out.reaches(from)
	}
	return !s.skip()
}
