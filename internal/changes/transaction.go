package changes

import (
	"slices"
	"time"

	"followgraph/internal/commit"
)

// Transaction is the changes of one commit in their order, or a part of them.
//
// A commit of many rows is returned in parts, so that the memory it takes is bounded: see Options.Part. All parts but
// the last one have More. PostgreSQL sends nothing before the commit, so parts never have to be taken back; but a reader
// must not show a part before it has applied the last one.
//
// A Transaction without changes only moves the position: everything up to it has been returned.
type Transaction struct {
	Position commit.Position // of the commit; zero if More
	CommitAt time.Time       // by the clock of the database; zero if More or without a commit
	XID      uint32          // of the transaction; 0 if More or without a commit
	Changes  []Change
	More     bool
	bytes    int
}

// Kind is what happened to a row.
type Kind uint8

// The kinds of changes.
const (
	Insert Kind = iota
	Update
	Delete
	Truncate // removes all rows of the table
)

// Change is the change of one row. Exactly one of User, Follow and Stats is set, according to Table, except for a
// Truncate, which has none.
type Change struct {
	Kind  Kind
	Table string
	// User is the new row. After a Delete only its ID is set.
	User *User
	// Follow is the new row, or the deleted one, which is complete.
	Follow *Follow
	// Stats is the new row. After a Delete only its UserID is set.
	Stats *Stats

	OldUserID  int64   // of an Update of users: the id before, which is usually the same
	OldFollow  *Follow // of an Update of user_follows: the row before
	OldStatsID string  // of an Update of user_follow_stats: the user's id before, which is usually the same
}

// table is a table of the stream, with the layout of its rows in messages.
type table struct {
	relation

	from []int // from[i] is the place of columns[name][i] in a message
}

// assembler makes transactions out of messages.
type assembler struct {
	position commit.Position  // of the last transaction
	expected map[string]place // the tables that are read, by name
	tables   map[uint32]*table
	part     int
	partSize int

	onMessage func(content []byte) // nil: none are requested

	pending   *Transaction // nil between transactions
	xid       uint32       // of pending
	row, old  []value      // of the message, reused
	ordered   []value      // in the order of columns, reused
	orderedOl []value
}

// place is where a table stands.
type place struct {
	schema string
	oid    uint32
}

// add takes a message, and returns a transaction or a part of one if the message completes it. A nil Transaction needs
// more messages.
func (a *assembler) add(data []byte) (*Transaction, error) {
	m := message{data: data}
	kind := m.byte()
	if m.err != nil {
		return nil, m.err
	}
	var err error
	switch kind {
	case 'B':
		if a.pending != nil {
			return nil, schemaError("a transaction begins within another one")
		}
		a.pending = &Transaction{}
		m.uint64() // the position of the commit
		m.uint64() // its time
		a.xid = m.uint32()
		return nil, m.err
	case 'R':
		r := m.relation()
		if m.err != nil {
			return nil, m.err
		}
		return nil, a.describe(r)
	case 'M':
		return nil, a.message(&m)
	case 'C', 'I', 'U', 'D', 'T':
		if a.pending == nil {
			return nil, schemaError("the stream has a %q outside of a transaction", kind)
		}
	default: // origins and types
		return nil, nil
	}
	switch kind {
	case 'C':
		return a.commit(&m)
	case 'T':
		err = a.truncate(&m)
	default:
		err = a.change(kind, &m)
	}
	if err != nil {
		return nil, err
	}
	if len(a.pending.Changes) < a.part && a.pending.bytes < a.partSize {
		return nil, nil
	}
	part := a.pending
	part.More = true
	a.pending = &Transaction{}
	return part, nil
}

// MessagePrefix is the prefix of the messages that are given to Options.OnMessage.
const MessagePrefix = "followgraph.attempts"

// message takes a message that a program wrote to the log. Those of other programs are ignored, and those that belong to
// a transaction.
func (a *assembler) message(m *message) error {
	isTransactional := m.byte()&1 != 0
	m.uint64() // its position
	prefix := m.string()
	size := m.uint32()
	if m.err == nil && uint64(size) > uint64(len(m.data)) {
		m.err = errShort
	}
	if m.err == nil && !isTransactional && prefix == MessagePrefix && a.onMessage != nil {
		a.onMessage(m.take(int(size)))
	}
	return m.err
}

// epoch is PostgreSQL's epoch.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (a *assembler) commit(m *message) (*Transaction, error) {
	m.byte()   // flags
	m.uint64() // the start of the record
	end, at := m.uint64(), m.uint64()
	if m.err != nil {
		return nil, m.err
	}
	done := a.pending
	a.pending = nil
	a.position.LSN = max(a.position.LSN, end)
	done.Position, done.XID = a.position, a.xid
	done.CommitAt = epoch.Add(time.Duration(at) * time.Microsecond)
	return done, nil
}

// describe takes the layout of a table. PostgreSQL sends it before the first row, and again after the table changed.
func (a *assembler) describe(r relation) error {
	expected, ok := a.expected[r.name]
	if ok && expected.schema == r.schema && expected.oid != r.oid {
		return schemaError("the table %s was replaced", r.name)
	}
	if !ok || expected.oid != r.oid {
		for name, expected := range a.expected {
			if expected.oid == r.oid {
				return schemaError("the table %s was renamed or moved to %s.%s", name, r.schema, r.name)
			}
		}
		return nil // the publication contains other tables, too
	}
	t := &table{relation: r}
	for _, wanted := range columns[r.name] {
		at := slices.IndexFunc(r.columns, func(c relationColumn) bool { return c.name == wanted.name })
		if at < 0 {
			return schemaError("the publication %s lacks the column %s.%s", Publication, r.name, wanted.name)
		}
		if oid := r.columns[at].oid; !wanted.isEnum && !slices.Contains(wanted.types, oid) {
			return schemaError("the column %s.%s has a type (oid %d) that this program cannot read", r.name, wanted.name, oid)
		}
		t.from = append(t.from, at)
	}
	if r.name == TableFollows && r.identity != 'f' {
		return schemaError("the replica identity of %s is not FULL", TableFollows)
	}
	a.tables[r.oid] = t
	return nil
}

func (a *assembler) truncate(m *message) error {
	n := m.uint32()
	m.byte() // CASCADE, RESTART IDENTITY
	for ; n > 0 && m.err == nil; n-- {
		if t := a.tables[m.uint32()]; t != nil {
			a.pending.Changes = append(a.pending.Changes, Change{Kind: Truncate, Table: t.name})
		}
	}
	return m.err
}

// change takes an insert, an update or a delete.
func (a *assembler) change(kind byte, m *message) error {
	t := a.tables[m.uint32()]
	if m.err != nil || t == nil {
		return m.err
	}
	size := len(m.data)
	var row, old []value
	var err error
	part := m.byte()
	hasOld, isWhole := part == 'K' || part == 'O', part == 'O'
	if hasOld {
		if old, err = t.read(m, &a.old, &a.orderedOl); err != nil {
			return err
		}
		if kind == 'U' {
			part = m.byte()
		}
	}
	if kind != 'D' {
		if part != 'N' {
			return schemaError("an update or insert of %s has no new row", t.name)
		}
		if row, err = t.read(m, &a.row, &a.ordered); err != nil {
			return err
		}
		t.takeUnchanged(row, old, isWhole)
	} else if !hasOld {
		return schemaError("a delete of %s has no old row", t.name)
	}
	c := Change{Kind: Insert, Table: t.name}
	switch kind {
	case 'U':
		c.Kind = Update
	case 'D':
		c.Kind, row, old = Delete, old, nil
	}
	switch t.name {
	case TableUsers:
		err = c.setUser(row, old)
	case TableFollows:
		err = c.setFollow(row, old)
	case TableStats:
		err = c.setStats(row, old)
	}
	if err != nil {
		return err
	}
	a.pending.Changes = append(a.pending.Changes, c)
	a.pending.bytes += size
	return nil
}

// read reads a row and returns its values in the order of columns.
func (t *table) read(m *message, row, ordered *[]value) ([]value, error) {
	values, err := m.tuple(*row)
	if err != nil {
		return nil, err
	}
	*row = values
	if len(values) != len(t.columns) {
		return nil, schemaError("a row of %s has %d columns, not %d", t.name, len(values), len(t.columns))
	}
	*ordered = (*ordered)[:0]
	for _, from := range t.from {
		*ordered = append(*ordered, values[from])
	}
	return *ordered, nil
}

// takeUnchanged fills columns that an update left unchanged from the old row, which has the key or, with the replica
// identity FULL, all columns.
func (t *table) takeUnchanged(row, old []value, isWhole bool) {
	if old == nil {
		return
	}
	for i := range row {
		if row[i].unchanged && (isWhole || t.columns[t.from[i]].isKey) {
			row[i] = old[i]
		}
	}
}

func (c *Change) setUser(row, old []value) error {
	if c.Kind == Delete {
		id, err := decodeUserID(row)
		c.User = &User{ID: id}
		return err
	}
	u, err := decodeUser(row)
	if err != nil {
		return err
	}
	c.User, c.OldUserID = &u, u.ID
	if c.Kind == Insert {
		c.OldUserID = 0
	}
	if old != nil {
		c.OldUserID, err = decodeUserID(old)
	}
	return err
}

func (c *Change) setFollow(row, old []value) error {
	f, err := decodeFollow(row)
	if err != nil {
		return err
	}
	c.Follow = &f
	if c.Kind != Update {
		return nil
	}
	if old == nil {
		return schemaError("an update of %s has no old row", TableFollows)
	}
	o, err := decodeFollow(old)
	c.OldFollow = &o
	return err
}

func (c *Change) setStats(row, old []value) error {
	if c.Kind == Delete {
		id, err := decodeStatsID(row)
		c.Stats = &Stats{UserID: id}
		return err
	}
	s, err := decodeStats(row)
	if err != nil {
		return err
	}
	c.Stats = &s
	if c.Kind == Update {
		c.OldStatsID = s.UserID
	}
	if old != nil {
		c.OldStatsID, err = decodeStatsID(old)
	}
	return err
}
