package adopt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// An exchange replaces the three tables with three others in one transaction. It works by schemas: a table that moves
// to another schema takes along its indexes, constraints, triggers and owned sequences. Objects that refer to the
// tables from outside (foreign keys, views, publications) are dropped before and recreated after.
type exchange struct {
	shape *Shape // of the tables in place, as read in the transaction
	out   string // schema to which they move
	in    string // schema from which the other tables come
	keys  []foreignKey
	// ours are the policies and rules of the three tables, which move with them.
	ours map[object]bool
}

// foreignKey is a foreign key of or to one of the three tables.
type foreignKey struct {
	Table       string   `json:"table"` // quoted, with its schema
	Name        string   `json:"name"`
	Definition  string   `json:"definition"`
	Validated   bool     `json:"validated"`
	Partitioned bool     `json:"partitioned"`
	Comment     *string  `json:"comment"`
	Others      []string `json:"others"` // other tables that adding or dropping it locks
}

// errChanged is returned if the tables were altered after they were read and before they were locked.
var errChanged = errors.New("the tables were altered meanwhile")

// readExchange reads the catalog for an exchange. It takes no lock.
func readExchange(ctx context.Context, tx pgx.Tx, shape *Shape, out, in string) (*exchange, error) {
	x := &exchange{shape: shape, out: out, in: in, ours: map[object]bool{}}
	if err := all(ctx, tx, &x.keys, statement("exchange_foreign_keys"), x.oids()); err != nil {
		return nil, err
	}
	var ours []object
	err := all(ctx, tx, &ours, `SELECT 'pg_policy'::regclass::oid::bigint AS class_id, oid::bigint AS oid FROM pg_policy WHERE polrelid = ANY ($1::oid[])
		UNION ALL SELECT 'pg_rewrite'::regclass::oid::bigint, oid::bigint FROM pg_rewrite WHERE ev_class = ANY ($1::oid[])`, x.oids())
	if err != nil {
		return nil, err
	}
	for _, o := range ours {
		x.ours[o] = true
	}
	for _, dependent := range shape.Dependents {
		if dependent.Kind == KindColumn || dependent.Kind == KindType || dependent.Extension != "" {
			return nil, fmt.Errorf("the %s %s uses the row type of a table that must be exchanged: drop it, or give it another type", dependent.Kind, dependent.Identity)
		}
	}
	return x, nil
}

func (x *exchange) oids() []uint32 {
	var oids []uint32
	for _, table := range x.shape.Tables() {
		oids = append(oids, table.OID)
	}
	return oids
}

// tables returns the tables that the exchange locks, in the order of all locks.
func (x *exchange) tables() []string {
	var tables, others []string
	for _, table := range x.shape.Tables() {
		tables = append(tables, qualified(table.Schema, table.Name))
	}
	for _, key := range x.keys {
		others = append(others, key.Others...)
	}
	slices.Sort(others)
	return append(tables, slices.Compact(others)...)
}

// fingerprint returns a hash of the catalog entries of the tables. Any ALTER changes it.
func (x *exchange) fingerprint(ctx context.Context, tx pgx.Tx) (hash string, err error) {
	err = tx.QueryRow(ctx, statement("exchange_fingerprint"), x.oids()).Scan(&hash)
	return hash, err
}

// recreated returns the dependents that the exchange drops and recreates, in the order of creation.
func (x *exchange) recreated() []Dependent {
	return slices.DeleteFunc(slices.Clone(x.shape.Dependents), func(d Dependent) bool {
		return d.Kind == KindGenerated || x.ours[object{d.ClassID, d.OID}]
	})
}

// begin drops the dependents and locks the tables, in this order: a reader of a view locks the view before its tables.
// If the exchange locked the tables first, the two would wait for each other.
func (x *exchange) begin(ctx context.Context, tx pgx.Tx, l *locker) error {
	before, err := x.fingerprint(ctx, tx)
	if err != nil {
		return err
	}
	var drops []string
	for _, dependent := range slices.Backward(x.recreated()) {
		drops = append(drops, dependent.Drop)
	}
	l.limitLockTime(ctx)
	if err := script(ctx, tx, drops...); err != nil {
		return err
	}
	if err := l.lock(ctx, tx, "ACCESS EXCLUSIVE", x.tables()); err != nil {
		return err
	}
	after, err := x.fingerprint(ctx, tx)
	if err == nil && before != after {
		err = errChanged
	}
	return err
}

// copyOwnership returns the statements that give the incoming tables the owners and grants of the outgoing ones.
func (x *exchange) copyOwnership(ctx context.Context, tx pgx.Tx) ([]string, error) {
	var statements []string
	for _, table := range x.shape.Tables() {
		made := qualified(x.in, table.Name)
		var oid uint32
		if err := tx.QueryRow(ctx, `SELECT $1::text::regclass::oid::bigint`, made).Scan(&oid); err != nil {
			return nil, fmt.Errorf("look for %s: %w", made, err)
		}
		grants, err := grantsSQL(ctx, tx, table.OID, made, oid)
		if err != nil {
			return nil, err
		}
		statements = append(statements,
			`GRANT USAGE, CREATE ON SCHEMA `+qualified(x.in)+` TO `+qualified(table.Owner),
			`ALTER TABLE `+made+` OWNER TO `+qualified(table.Owner))
		statements = append(statements, grants...)
	}
	return statements, nil
}

// moveOut returns the statements that move the outgoing tables to another schema, without what refers to them.
func (x *exchange) moveOut() []string {
	var statements []string
	for _, key := range x.keys {
		statements = append(statements, `ALTER TABLE `+key.Table+` DROP CONSTRAINT `+qualified(key.Name))
	}
	for _, table := range x.shape.Tables() {
		for _, statistics := range table.Statistics {
			statements = append(statements, `DROP STATISTICS `+qualified(statistics.Schema, statistics.Name))
		}
		for _, publication := range table.Publications {
			if !publication.AllTables && !publication.Schema {
				statements = append(statements, `ALTER PUBLICATION `+qualified(publication.Name)+` DROP TABLE `+qualified(table.Schema, table.Name))
			}
		}
	}
	for _, table := range x.shape.Tables() {
		statements = append(statements, `ALTER TABLE `+qualified(table.Schema, table.Name)+` SET SCHEMA `+qualified(x.out))
	}
	return statements
}

// moveIn returns the statements that move the incoming tables into place.
func (x *exchange) moveIn() []string {
	var statements []string
	for _, table := range x.shape.Tables() {
		statements = append(statements, `ALTER TABLE `+qualified(x.in, table.Name)+` SET SCHEMA `+qualified(table.Schema))
	}
	return statements
}

// swap returns the statements that exchange the tables in their schema. The triggers of the copies are dropped, and
// enum are the statements that change the type of roles in between. Sequences of the team's own columns stay where they
// are; those of the ids go with their tables.
func (x *exchange) swap(jobs []job, enum []string) []string {
	var statements []string
	for _, j := range jobs {
		statements = append(statements, j.dropTriggers()...)
	}
	create := `CREATE SCHEMA ` // fails if the schema exists: its owner could drop the tables
	if x.out == nextSchema {
		create = `CREATE SCHEMA IF NOT EXISTS ` // prepare created it, and an interrupted switch leaves it
	}
	statements = append(statements,
		create+x.out,
		`GRANT USAGE, CREATE ON SCHEMA `+x.out+` TO `+qualified(x.shape.Users.Owner))
	return slices.Concat(statements, detachSequences(x.shape, x.out), x.moveOut(), enum, x.moveIn())
}

// recreate returns the statements that recreate what refers to the tables. Foreign keys are added NOT VALID, which
// needs no scan; references are the foreign keys that must be validated later.
func (x *exchange) recreate(dependents []Dependent) (statements []string, references []reference) {
	for _, table := range x.shape.Tables() {
		for _, statistics := range table.Statistics {
			statements = append(append(statements, statistics.Definition,
				`ALTER STATISTICS `+qualified(statistics.Schema, statistics.Name)+` OWNER TO `+qualified(statistics.Owner)),
				commentSQL(`STATISTICS `+qualified(statistics.Schema, statistics.Name), statistics.Comment)...)
		}
		for _, publication := range table.Publications {
			if publication.AllTables || publication.Schema {
				continue
			}
			add := `ALTER PUBLICATION ` + qualified(publication.Name) + ` ADD TABLE ` + qualified(table.Schema, table.Name)
			if publication.Columns != nil {
				columns := make([]string, len(publication.Columns))
				for i, column := range publication.Columns {
					columns[i] = qualified(column)
				}
				add += ` (` + strings.Join(columns, ", ") + `)`
			}
			if publication.Filter != "" {
				add += ` WHERE (` + publication.Filter + `)`
			}
			statements = append(statements, add)
		}
	}
	for _, key := range x.keys {
		definition := strings.TrimSuffix(key.Definition, " NOT VALID")
		// A partitioned table cannot have a foreign key that is NOT VALID.
		if !key.Partitioned {
			definition += " NOT VALID"
			if key.Validated {
				references = append(references, reference{Table: key.Table, Name: key.Name})
			}
		}
		statements = append(append(statements, `ALTER TABLE `+key.Table+` ADD CONSTRAINT `+qualified(key.Name)+` `+definition),
			commentSQL(`CONSTRAINT `+qualified(key.Name)+` ON `+key.Table, key.Comment)...)
	}
	for _, dependent := range dependents {
		statements = append(append(statements, dependent.Create), dependent.Restore...)
	}
	return statements, references
}

// validate validates the foreign keys that an exchange added. Readers and writers go on meanwhile.
func (m *mover) validate(ctx context.Context, a *adoption) error {
	for _, key := range a.Unvalidated {
		var validated bool
		err := m.conn.QueryRow(ctx, `SELECT coalesce((SELECT convalidated FROM pg_constraint WHERE conrelid = to_regclass($1::text) AND conname = $2::text), true)`,
			key.Table, key.Name).Scan(&validated)
		if err != nil {
			return fmt.Errorf("look for the foreign key %s: %w", key.Name, err)
		}
		if validated {
			continue
		}
		if _, err := m.conn.Exec(ctx, `ALTER TABLE `+key.Table+` VALIDATE CONSTRAINT `+qualified(key.Name)); err != nil {
			return fmt.Errorf("validate the foreign key %s of %s: %w", key.Name, key.Table, err)
		}
	}
	return nil
}

// exchange locks the tables, catches up for the last time, and calls finish for the rest of the transaction. It returns
// how long the tables were locked.
func (m *mover) exchange(
	ctx context.Context, a *adoption, out, in string, jobs []job, finish func(pgx.Tx, *exchange) error,
) (locked time.Duration, err error) {
	// The locker waits for long transactions on these before it locks them.
	var tables []string
	err = m.inTransaction(ctx, func(tx pgx.Tx) error {
		shape, err := shapeIn(ctx, tx, a.Schema)
		if err != nil {
			return err
		}
		x, err := readExchange(ctx, tx, shape, out, in)
		if err != nil {
			return err
		}
		tables = x.tables()
		for _, dependent := range x.recreated() {
			if dependent.Kind == KindView || dependent.Kind == KindMatView {
				tables = append(tables, qualified(dependent.Schema, dependent.Name))
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	// Catching up before each attempt leaves little to do under the lock.
	catchUp := func() error {
		for i := range jobs {
			if err := m.run(ctx, &jobs[i]); err != nil {
				return err
			}
		}
		return nil
	}
	err = m.locker.run(ctx, "exchange the tables", tables, catchUp, func(tx pgx.Tx) error {
		shape, err := shapeIn(ctx, tx, a.Schema)
		if err != nil {
			return err
		}
		x, err := readExchange(ctx, tx, shape, out, in)
		if err != nil {
			return err
		}
		began := time.Now()
		if err := x.begin(ctx, tx, m.locker); err != nil {
			return err
		}
		for i := range jobs {
			if _, err := jobs[i].apply(ctx, tx, everything); err != nil {
				return err
			}
		}
		err = finish(tx, x)
		locked = time.Since(began)
		return err
	})
	return locked, err
}
