package graphverify

import (
	"cmp"
	"context"

	"followgraph/internal/graphdump"
)

// table is a section in which each record is compared with one row.
type table[T any] struct {
	*comparison
	next     func(*T) (bool, error)                      // reads the next record of memory
	rows     func(context.Context, func(*T) error) error // reads all rows of SQL
	order    func(a, b *T) int                           // of the section; two records are equal if it is 0
	name     func(*T) string                             // names a record in a difference
	equal    func(c *comparison, memory, sql *T) error   // compares the rest of two records
	memory   T                                           // the current record
	previous T                                           // the one before it
	have     bool                                        // whether there is a current record
	begun    bool                                        // whether there is a previous one
}

// compare merges the records of memory with the rows of SQL. It returns the number of rows.
func (t *table[T]) compare(ctx context.Context) (rows int64, err error) {
	if err := t.advance(); err != nil {
		return 0, err
	}
	err = t.rows(ctx, func(sql *T) error {
		t.row()
		for t.have && t.order(&t.memory, sql) < 0 {
			if err := t.onlyInMemory(); err != nil {
				return err
			}
		}
		if !t.have || t.order(&t.memory, sql) > 0 {
			return t.differ("%s: only in SQL", t.name(sql))
		}
		if err := t.equal(t.comparison, &t.memory, sql); err != nil {
			return err
		}
		return t.advance()
	})
	if err != nil {
		return 0, err
	}
	for t.have {
		if err := t.onlyInMemory(); err != nil {
			return 0, err
		}
	}
	return t.comparison.rows, nil
}

func (t *table[T]) onlyInMemory() error {
	if err := t.differ("%s: only in memory", t.name(&t.memory)); err != nil {
		return err
	}
	return t.advance()
}

// advance reads the next record of memory and checks that it sorts after the last one.
func (t *table[T]) advance() (err error) {
	t.previous = t.memory
	if t.have, err = t.next(&t.memory); !t.have || err != nil {
		return err
	}
	if t.begun && t.order(&t.previous, &t.memory) >= 0 {
		return t.differ("%s: out of order in memory, after %s", t.name(&t.memory), t.name(&t.previous))
	}
	t.begun = true
	return nil
}

func (c *comparison) users(ctx context.Context) error {
	if err := c.begin(graphdump.Users, "users"); err != nil {
		return err
	}
	t := table[graphdump.User]{
		comparison: c, next: c.memory.User, rows: c.sql.Users,
		order: func(a, b *graphdump.User) int { return cmp.Compare(a.CognitoID, b.CognitoID) },
		name:  userName, equal: (*comparison).user,
	}
	rows, err := t.compare(ctx)
	c.result.Users = rows
	return err
}

// user compares the fields of an account.
func (c *comparison) user(memory, sql *graphdump.User) error {
	for _, field := range userFields {
		if field.same(memory, sql) {
			continue
		}
		if err := c.differ("%s: %s is %s in memory, %s in SQL", userName(sql), field.name, field.text(memory), field.text(sql)); err != nil {
			return err
		}
	}
	return nil
}

func (c *comparison) counts(ctx context.Context) error {
	if err := c.begin(graphdump.Counts, "times of counts"); err != nil {
		return err
	}
	t := table[graphdump.CountsTime]{
		comparison: c, next: c.memory.CountsTime, rows: c.sql.Counts,
		order: func(a, b *graphdump.CountsTime) int { return cmp.Compare(a.CognitoID, b.CognitoID) },
		name:  func(r *graphdump.CountsTime) string { return "time of the counts of " + quoted(r.CognitoID) },
		equal: func(c *comparison, memory, sql *graphdump.CountsTime) error {
			if memory.At == sql.At {
				return nil
			}
			return c.differ("time of the counts of %s: %s in memory, %s in SQL", quoted(sql.CognitoID), timeText(memory.At), timeText(sql.At))
		},
	}
	rows, err := t.compare(ctx)
	c.result.Counts = rows
	return err
}

func (c *comparison) creation(ctx context.Context) error {
	return c.places(ctx, graphdump.ByCreation, "order of creation")
}

func (c *comparison) usernames(ctx context.Context) error {
	return c.places(ctx, graphdump.ByUsername, "order of usernames")
}

func (c *comparison) names(ctx context.Context) error {
	return c.places(ctx, graphdump.ByName, "search by full name")
}

func (c *comparison) words(ctx context.Context) error {
	return c.places(ctx, graphdump.ByWord, "search by word")
}

// places compares an order of all users.
func (c *comparison) places(ctx context.Context, section graphdump.Section, phase string) error {
	if err := c.begin(section, phase); err != nil {
		return err
	}
	name := func(p *graphdump.Place) string { return phase + ": " + placeName(section, p) }
	t := table[graphdump.Place]{
		comparison: c, next: c.memory.Place, name: name,
		rows: func(ctx context.Context, visit func(*graphdump.Place) error) error {
			return c.sql.Places(ctx, section, visit)
		},
		order: func(a, b *graphdump.Place) int {
			return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Text, b.Text), cmp.Compare(a.ID, b.ID))
		},
		equal: func(c *comparison, memory, sql *graphdump.Place) error {
			if memory.CognitoID == sql.CognitoID {
				return nil
			}
			return c.differ("%s: it is %s in memory", name(sql), quoted(memory.CognitoID))
		},
	}
	_, err := t.compare(ctx)
	return err
}
