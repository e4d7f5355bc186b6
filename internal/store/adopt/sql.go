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

// statement returns the content of sql/NAME.sql. It panics if there is no such file.
func statement(name string) string {
	content, err := files.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err)
	}
	return string(content)
}

// script runs statements without parameters in one round trip, which shortens the time that locks are held.
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

// qualified quotes a name and its schema.
func qualified(parts ...string) string { return pgx.Identifier(parts).Sanitize() }

// literal quotes a string constant.
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
