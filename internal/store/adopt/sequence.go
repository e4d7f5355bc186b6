package adopt

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// sequenceRename is a sequence that keeps the service's name until finish, because the service may call it by that
// name.
type sequenceRename struct {
	From string `json:"from"` // the name in Followgraph
	To   string `json:"to"`   // the service's name
}

// keySequence reports whether a sequence belongs to users.id or user_follows.id. The old and the new tables have
// separate ones.
func keySequence(table *Table, sequence Sequence) bool {
	return sequence.Column == "id" && table.Name != StatsTable
}

// detachSequences returns the statements after which the sequences of the team's columns stay in place when the tables
// move to the schema out, and all sequences of the ids move along.
func detachSequences(shape *Shape, out string) []string {
	var statements []string
	for _, table := range shape.Tables() {
		for _, sequence := range table.Sequences {
			from := qualified(sequence.Schema, sequence.Name)
			switch {
			case keySequence(table, sequence):
				if !sequence.Owned && !sequence.Identity {
					statements = append(statements, `ALTER SEQUENCE `+from+` SET SCHEMA `+qualified(out))
				}
			case sequence.Owned && !sequence.Identity:
				statements = append(statements, `ALTER SEQUENCE `+from+` OWNED BY NONE`)
			}
		}
	}
	return statements
}

// attachSequences returns the statements that make the new tables own the sequences of the team's columns.
func attachSequences(shape *Shape) []string {
	var statements []string
	for _, table := range shape.Tables() {
		for _, sequence := range table.Sequences {
			if !keySequence(table, sequence) && sequence.Owned && !sequence.Identity {
				statements = append(statements, `ALTER SEQUENCE `+qualified(sequence.Schema, sequence.Name)+` OWNED BY `+qualified(table.Schema, table.Name, sequence.Column))
			}
		}
	}
	return statements
}

// continueSequence returns the statement that continues a sequence after the last value of another sequence and after
// every id in use. No id is assigned twice, not even that of a deleted row. If that value is beyond the end of the
// sequence, the sequence is set to its end.
func continueSequence(sequence, after, table, column string) string {
	last := `NULL::bigint`
	if after != "" {
		last = `(SELECT CASE WHEN is_called THEN last_value END FROM ` + after + `)`
	}
	return `SELECT setval(q.seqrelid::regclass, least(s.last, q.seqmax)) FROM pg_sequence AS q, (SELECT greatest(` + last + `, (SELECT max(` + qualified(column) + `) FROM ` + table + `)) AS last) AS s
		WHERE q.seqrelid = ` + literal(sequence) + `::regclass AND s.last >= q.seqmin`
}

// moveSequences continues the sequences of the new tables after those of the old ones, and copies grants and comments.
// A new sequence takes the name of the old one, because the service may call it. moveSequences returns those renames.
func moveSequences(ctx context.Context, tx pgx.Tx, shape *Shape) ([]sequenceRename, error) {
	var (
		statements = attachSequences(shape)
		names      []sequenceRename
	)
	for _, table := range shape.Tables() {
		in := qualified(table.Schema, table.Name)
		found := false
		for _, sequence := range table.Sequences {
			old := qualified(beforeSchema, sequence.Name)
			switch {
			case keySequence(table, sequence):
				found = true
				made := table.Name + "_id_seq"
				statements = append(statements, continueSequence(qualified(table.Schema, made), old, in, "id"))
				var oid uint32
				if err := tx.QueryRow(ctx, `SELECT $1::text::regclass::oid::bigint`, qualified(table.Schema, made)).Scan(&oid); err != nil {
					return nil, fmt.Errorf("look for the sequence %s: %w", made, err)
				}
				grants, err := grantsSQL(ctx, tx, sequence.OID, qualified(table.Schema, made), oid)
				if err != nil {
					return nil, err
				}
				statements = append(append(statements, grants...), commentSQL(`SEQUENCE `+qualified(table.Schema, made), sequence.Comment)...)
				if sequence.Name != made {
					statements = append(statements, `ALTER SEQUENCE `+qualified(table.Schema, made)+` RENAME TO `+qualified(sequence.Name))
					names = append(names, sequenceRename{From: made, To: sequence.Name})
				}
			case sequence.Identity:
				statements = append(statements, continueSequence(qualified(table.Schema, sequence.Name), old, in, sequence.Column))
			}
		}
		if !found && table.Name != StatsTable {
			statements = append(statements, continueSequence(qualified(table.Schema, table.Name+"_id_seq"), "", in, "id"))
		}
	}
	return names, script(ctx, tx, statements...)
}

// returnSequences returns the statements that give a table its sequences after undo and continue them after those of
// the other form.
func returnSequences(table *Table) []string {
	var statements []string
	in := qualified(table.Schema, table.Name)
	for _, sequence := range table.Sequences {
		old := qualified(sequence.Schema, sequence.Name)
		switch {
		case keySequence(table, sequence):
			if !sequence.Owned && !sequence.Identity {
				statements = append(statements, `ALTER SEQUENCE `+qualified(beforeSchema, sequence.Name)+` SET SCHEMA `+qualified(sequence.Schema))
			}
			made := table.Name + "_id_seq"
			if sequence.Name != made {
				made = sequence.Name // since the switch
			}
			statements = append(statements, continueSequence(old, qualified(nextSchema, made), in, "id"))
		case sequence.Identity:
			statements = append(statements, continueSequence(old, qualified(nextSchema, sequence.Name), in, sequence.Column))
		case sequence.Owned:
			statements = append(statements, `ALTER SEQUENCE `+old+` OWNED BY `+qualified(table.Schema, table.Name, sequence.Column))
		}
	}
	return statements
}
