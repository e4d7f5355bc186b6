package changes

import (
	"fmt"
	"slices"

	"github.com/jackc/pglogrepl"
)

// Transaction is the changes of one commit, in their order.
type Transaction struct {
	Position Position
	Changes  []Change
}

// Kind is what happened to a row.
type Kind uint8

// The kinds.
const (
	Insert Kind = iota
	Update
	Delete
	Truncate // all rows of the table
)

// Change is one row's change. Of User, Follow and Stats the one of its table is set: the new row, or the old one of a
// Delete, of which users and stats have only their keys.
type Change struct {
	Kind   Kind
	Table  string
	User   *User
	Follow *Follow
	Stats  *Stats
	// OldUserID is users.id before an Update, and OldFollow the whole row before one.
	OldFollow *Follow
}

func (s *Stream) decode(message pglogrepl.Message) (*Transaction, error) {
	switch m := message.(type) {
	case *pglogrepl.RelationMessage:
		return nil, s.relation(m)
	case *pglogrepl.BeginMessage:
		s.pending = &Transaction{}
	case *pglogrepl.CommitMessage:
		done := s.pending
		s.pending = nil
		s.position.LSN = uint64(m.TransactionEndLSN)
		done.Position = s.position
		return done, nil
	case *pglogrepl.InsertMessage:
		return nil, s.change(Insert, m.RelationID, m.Tuple, nil)
	case *pglogrepl.UpdateMessage:
		return nil, s.change(Update, m.RelationID, m.NewTuple, m.OldTuple)
	case *pglogrepl.DeleteMessage:
		return nil, s.change(Delete, m.RelationID, m.OldTuple, nil)
	case *pglogrepl.TruncateMessage:
		for _, id := range m.RelationIDs {
			if r := s.relations[id]; r != nil {
				s.pending.Changes = append(s.pending.Changes, Change{Kind: Truncate, Table: r.table})
			}
		}
	}
	return nil, nil
}

func (s *Stream) relation(m *pglogrepl.RelationMessage) error {
	wanted, ok := columns[m.RelationName]
	if !ok {
		return nil
	}
	r := &relation{table: m.RelationName, width: len(m.Columns)}
	for _, name := range wanted {
		i := slices.IndexFunc(m.Columns, func(c *pglogrepl.RelationMessageColumn) bool { return c.Name == name })
		if i < 0 {
			return fmt.Errorf("the publication lacks the column %s.%s", m.RelationName, name)
		}
		r.from = append(r.from, i)
	}
	s.relations[m.RelationID] = r
	return nil
}

func (s *Stream) change(kind Kind, relation uint32, row, old *pglogrepl.TupleData) error {
	r := s.relations[relation]
	if r == nil {
		return nil
	}
	c := Change{Kind: kind, Table: r.table}
	v := r.values(row)
	switch r.table {
	case "users":
		if kind == Delete {
			c.User = &User{ID: decodeKey(v[0])}
			break
		}
		u, err := decodeUser(v)
		if err != nil {
			return err
		}
		c.User = &u
	case "user_follows":
		f, err := decodeFollow(v)
		if err != nil {
			return err
		}
		c.Follow = &f
		if old != nil {
			o, err := decodeFollow(r.values(old))
			if err != nil {
				return err
			}
			c.OldFollow = &o
		}
	case "user_follow_stats":
		if kind == Delete {
			c.Stats = &Stats{UserID: string(v[0])}
			break
		}
		st, err := decodeStats(v)
		if err != nil {
			return err
		}
		c.Stats = &st
	}
	s.pending.Changes = append(s.pending.Changes, c)
	return nil
}

func decodeKey(value []byte) int64 {
	d := decoder{values: values{value}}
	return d.integer()
}

func (r *relation) values(t *pglogrepl.TupleData) values {
	v := make(values, len(r.from))
	for i, from := range r.from {
		if c := t.Columns[from]; c.DataType == 'b' || c.DataType == 't' {
			v[i] = c.Data
		}
	}
	return v
}
