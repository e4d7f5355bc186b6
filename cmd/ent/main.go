// Command ent writes the data access code of ent/schema.
//
// It is ent's own generator without the client's auto-migration: this project applies versioned migrations, and
// auto-migration links Atlas's drivers for MySQL and SQLite, and HCL, into each program that uses the client. The
// description of the tables, from which migrations are made, is still written: see internal/store/entschema.
package main

import (
	"fmt"
	"os"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

// tables is ent's template "schema" under the name of the file that it writes. Ent itself skips it together with
// auto-migration.
const tables = `{{ define "migrate/schema" }}{{ template "schema" $ }}{{ end }}`

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: ent schema-directory")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "ent:", err)
		os.Exit(1)
	}
}

func run(schema string) error {
	described, err := gen.NewTemplate("tables").Parse(tables)
	if err != nil {
		return fmt.Errorf("parse the template of the tables: %w", err)
	}
	config := &gen.Config{
		Hooks:     []gen.Hook{withoutMigration},
		Templates: []*gen.Template{described},
	}
	// sql/lock and sql/upsert are for the writes, sql/execquery lets the named statements of internal/store run on
	// the same client.
	return entc.Generate(schema, config, entc.FeatureNames("sql/execquery"))
}

// withoutMigration takes auto-migration from what the storage is said to support.
func withoutMigration(next gen.Generator) gen.Generator {
	return gen.GenerateFunc(func(graph *gen.Graph) error {
		storage := *graph.Storage // shared with every other graph
		storage.SchemaMode &^= gen.Migrate
		graph.Storage = &storage
		return next.Generate(graph)
	})
}
