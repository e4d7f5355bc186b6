package graphverify

import (
	"bytes"
	"cmp"
	"context"
	"fmt"

	"followgraph/internal/graphdump"
)

// lists merges the lists of one section. The follows of an owner are its list, the newest first.
type lists struct {
	*comparison
	of        string // "followers of" or "following of"
	owner     graphdump.Owner
	have      bool // whether there is an owner
	begun     bool // whether there was one before
	entry     graphdump.Follow
	inList    bool // whether there is an entry of the owner
	previous  place
	read      int64 // entries of the owner that were read
	ownerRows int64 // of the owner in SQL
}

// place is the place of a follow in a list.
type place struct{ at, id int64 }

func placeOf(f *graphdump.Follow) place { return place{int64(f.At), f.ID} }

// compare returns the order of two places: the newest is the first.
func (p place) compare(q place) int { return cmp.Or(cmp.Compare(q.at, p.at), cmp.Compare(q.id, p.id)) }

func (c *comparison) followers(ctx context.Context) error {
	err := c.lists(ctx, graphdump.Followers, "followers")
	c.result.Follows = c.rows
	return err
}

func (c *comparison) following(ctx context.Context) error {
	return c.lists(ctx, graphdump.Following, "following")
}

func (c *comparison) lists(ctx context.Context, section graphdump.Section, phase string) error {
	if err := c.begin(section, phase); err != nil {
		return err
	}
	l := &lists{comparison: c, of: phase + " of"}
	if err := l.nextOwner(); err != nil {
		return err
	}
	if err := c.sql.Follows(ctx, section, l.compareRow); err != nil {
		return err
	}
	for l.have {
		if err := l.finishOwner(); err != nil {
			return err
		}
	}
	return nil
}

// compareRow compares a row of SQL with what memory has in its place.
func (l *lists) compareRow(owner []byte, sql *graphdump.Follow) error {
	l.row()
	for l.have && l.owner.CognitoID < string(owner) {
		if err := l.finishOwner(); err != nil {
			return err
		}
	}
	if !l.have || l.owner.CognitoID != string(owner) {
		return l.differOf(string(owner), sql, "only in SQL")
	}
	l.ownerRows++
	at := placeOf(sql)
	for l.inList && placeOf(&l.entry).compare(at) < 0 {
		if err := l.onlyInMemory(); err != nil {
			return err
		}
	}
	if !l.inList || placeOf(&l.entry) != at {
		return l.differOf(l.owner.CognitoID, sql, "only in SQL")
	}
	if !bytes.Equal(l.entry.Other, sql.Other) {
		if err := l.differOf(l.owner.CognitoID, sql, "it is "+quoted(string(l.entry.Other))+" in memory"); err != nil {
			return err
		}
	}
	return l.nextEntry()
}

func (l *lists) differOf(owner string, f *graphdump.Follow, what string) error {
	return l.differ("%s %s: %s: %s", l.of, quoted(owner), followName(f), what)
}

func (l *lists) onlyInMemory() error {
	if err := l.differOf(l.owner.CognitoID, &l.entry, "only in memory"); err != nil {
		return err
	}
	return l.nextEntry()
}

// nextEntry reads the next entry of the owner's list.
func (l *lists) nextEntry() (err error) {
	if l.inList, err = l.memory.Follow(&l.entry); !l.inList || err != nil {
		return err
	}
	at := placeOf(&l.entry)
	if l.read > 0 && l.previous.compare(at) >= 0 {
		if err := l.differOf(l.owner.CognitoID, &l.entry, "out of order in memory"); err != nil {
			return err
		}
	}
	l.read++
	l.previous = at
	if !l.entry.Found {
		return l.differOf(l.owner.CognitoID, &l.entry, "in the list in memory, but its lookup by both users finds no such follow")
	}
	return nil
}

// finishOwner compares the end of the owner's list and its counts, and reads the next owner.
func (l *lists) finishOwner() error {
	for l.inList {
		if err := l.onlyInMemory(); err != nil {
			return err
		}
	}
	if l.owner.Length != l.read {
		if err := l.differ("%s %s: the list has the length %d in memory, and %d entries", l.of, quoted(l.owner.CognitoID), l.owner.Length, l.read); err != nil {
			return err
		}
	}
	if l.owner.Count >= 0 && l.owner.Count != l.ownerRows {
		if err := l.differ("%s %s: the count is %d in memory, and SQL has %d rows", l.of, quoted(l.owner.CognitoID), l.owner.Count, l.ownerRows); err != nil {
			return err
		}
	}
	return l.nextOwner()
}

func (l *lists) nextOwner() (err error) {
	before := l.owner.CognitoID
	l.read, l.ownerRows = 0, 0
	if l.have, err = l.memory.Owner(&l.owner); !l.have || err != nil {
		return err
	}
	if l.begun && before >= l.owner.CognitoID {
		return fmt.Errorf("the dump of the graph is not sorted: %s %s comes after %s", l.of, quoted(l.owner.CognitoID), quoted(before))
	}
	l.begun = true
	return l.nextEntry()
}
