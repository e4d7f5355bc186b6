package adopt

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// reject is a condition over o, a row of this program's form, for which the old table has no place.
type reject struct {
	condition string
	what      string // what such rows have, and the old column does not take
}

// fits refuses to undo while there are rows that the old tables cannot take, and says which. Texts that are only too long
// and need not be unique are cut instead.
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
				return fmt.Errorf("look for rows that the old form of %s cannot take: %w", old.Name, err)
			}
			if count > 0 {
				return fmt.Errorf("rows of %s that have %s: %d. Change or delete them (SELECT * %s), then run the command again", old.Name, m.what, count, query)
			}
		}
	}
	return nil
}

// rejects returns those of one column of the old table.
func rejects(old, now *Table, column Column) []reject {
	value := `o.` + qualified(column.Name)
	from := now.Column(column.Name)
	if from == nil {
		if !column.NotNull || column.Default != nil || column.Identity != "" {
			return nil
		}
		return []reject{{`true`, fmt.Sprintf("no column %s any more, which the old table needs", column.Name)}}
	}
	var found []reject
	if column.NotNull && !from.NotNull {
		found = append(found, reject{value + ` IS NULL`, fmt.Sprintf("no %s, which the old column needs", column.Name)})
	}
	if column.Length > 0 && (unique(old, column.Name) || column.Name == "password_hash") {
		found = append(found, reject{fmt.Sprintf(`length(%s::text) > %d`, value, column.Length),
			fmt.Sprintf("a longer %s than the old column takes, which is %s", column.Name, column.Type)})
	}
	if least, most := integerRange(column.Base); most != "" && from.Base != column.Base {
		found = append(found, reject{value + ` NOT BETWEEN ` + least + ` AND ` + most,
			fmt.Sprintf("a larger %s than the old column takes, which is %s", column.Name, column.Type)})
	}
	return found
}

// integerRange returns the limits of a type of integers, and nothing for the largest one and for other types.
func integerRange(base string) (least, most string) {
	switch base {
	case "smallint":
		return "-32768", "32767"
	case "integer":
		return "-2147483648", "2147483647"
	}
	return "", ""
}

// fits looks whether the rows fit that have come since undo was begun.
func (m *mover) fits(ctx context.Context, a *adoption) error {
	return m.inTransaction(ctx, func(tx pgx.Tx) error {
		now, err := shapeIn(ctx, tx, a.Schema)
		if err != nil {
			return err
		}
		return fits(ctx, tx, a.Before, now)
	})
}
