package adopt

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/wording"
)

// reject is a condition over o, a row of the new table, for rows that do not fit the old table.
type reject struct {
	condition string
	what      string // the property of such rows, after "rows with"
}

// fits returns an error that names the rows that the old tables cannot hold. It accepts texts that are too long but
// need not be unique: undo cuts them.
func fits(ctx context.Context, tx pgx.Tx, before, now *Shape) error {
	for _, old := range before.Tables() {
		for _, table := range now.Tables() {
			if table.Name != old.Name {
				continue
			}
			if err := fitsTable(ctx, tx, old, table); err != nil {
				return err
			}
		}
	}
	return nil
}

func fitsTable(ctx context.Context, tx pgx.Tx, old, now *Table) error {
	for _, column := range old.Columns {
		if column.Generated != "" {
			continue
		}
		for _, m := range rejects(old, now, column) {
			query := `FROM ` + qualified(now.Schema, now.Name) + ` AS o WHERE ` + m.condition
			var count int64
			if err := tx.QueryRow(ctx, `SELECT count(*) `+query).Scan(&count); err != nil {
				return fmt.Errorf("look for rows that the old table %s cannot hold: %w", old.Name, err)
			}
			if count > 0 {
				return fmt.Errorf("%s has %s with %s: change or delete them (SELECT * %s), then run the command again", old.Name, wording.Count(count, "row"), m.what, query)
			}
		}
	}
	return nil
}

// rejects returns the conditions for one column of the old table.
func rejects(old, now *Table, column Column) []reject {
	value := `o.` + qualified(column.Name)
	from := now.Column(column.Name)
	if from == nil {
		if !column.NotNull || column.Default != nil || column.Identity != "" {
			return nil
		}
		return []reject{{`true`, fmt.Sprintf("no column %s any more, which is NOT NULL in the old table", column.Name)}}
	}
	var rejects []reject
	if column.NotNull && !from.NotNull {
		rejects = append(rejects, reject{value + ` IS NULL`, fmt.Sprintf("no %s, which is NOT NULL in the old table", column.Name)})
	}
	if column.Length > 0 && (unique(old, column.Name) || column.Name == "password_hash") {
		rejects = append(rejects, reject{fmt.Sprintf(`length(%s::text) > %d`, value, column.Length),
			fmt.Sprintf("a %s that is too long for the old type %s", column.Name, column.Type)})
	}
	if least, most := integerRange(column.Base); most != "" && from.Base != column.Base {
		rejects = append(rejects, reject{value + ` NOT BETWEEN ` + least + ` AND ` + most,
			fmt.Sprintf("an out-of-range %s for the old type %s", column.Name, column.Type)})
	}
	return rejects
}

// integerRange returns the limits of smallint and integer, and empty strings for other types.
func integerRange(base string) (least, most string) {
	switch base {
	case "smallint":
		return "-32768", "32767"
	case "integer":
		return "-2147483648", "2147483647"
	}
	return "", ""
}

// fits checks the rows again that were written since undo started.
func (m *mover) fits(ctx context.Context, a *adoption) error {
	return m.inTransaction(ctx, func(tx pgx.Tx) error {
		now, err := shapeIn(ctx, tx, a.Schema)
		if err != nil {
			return err
		}
		return fits(ctx, tx, a.Before, now)
	})
}
