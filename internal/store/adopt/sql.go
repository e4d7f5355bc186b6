// Package adopt moves a live database of the Python service to this program's schema, beside that service.
package adopt

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed sql
var files embed.FS

// statement returns the SQL of a file in the directory sql, which is embedded: a missing one is a fault of the program.
func statement(name string) string {
	content, err := files.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err)
	}
	return string(content)
}

// script runs statements that have no parameters, in one round trip: locks may be held.
func script(ctx context.Context, tx pgx.Tx, statements ...string) (err error) {
	if len(statements) == 0 {
		return nil
	}
	text := strings.Join(statements, ";\n")
	if tracer := tx.Conn().Config().Tracer; tracer != nil {
		ctx = tracer.TraceQueryStart(ctx, tx.Conn(), pgx.TraceQueryStartData{SQL: text})
		defer func() { tracer.TraceQueryEnd(ctx, tx.Conn(), pgx.TraceQueryEndData{Err: err}) }()
	}
	results := tx.Conn().PgConn().Exec(ctx, text)
	done := 0
	for results.NextResult() {
		if _, err := results.ResultReader().Close(); err == nil {
			done++
		}
	}
	if err := results.Close(); err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(statements[min(done, len(statements)-1)]), "\n")
		return fmt.Errorf("%s: %w", first, err)
	}
	return nil
}

// qualified quotes a schema-qualified qualified.
func qualified(parts ...string) string { return pgx.Identifier(parts).Sanitize() }

// literal quotes a text.
func literal(text string) string {
	quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
	if strings.Contains(text, `\`) {
		return " E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}

func commentSQL(object string, comment *string) []string {
	if comment == nil {
		return nil
	}
	return []string{`COMMENT ON ` + object + ` IS ` + literal(*comment)}
}
