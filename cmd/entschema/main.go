// Command entschema prints the final schema as SQL. atlas.hcl uses it to compare the migrations directory with
// ent/schema.
package main

import (
	"context"
	"fmt"
	"os"

	"followgraph/internal/store/entschema"
)

func main() {
	sql, err := entschema.SQL(context.Background())
	if err == nil {
		_, err = os.Stdout.WriteString(sql)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "entschema:", err)
		os.Exit(1)
	}
}
