// Command ent generates the data access code of ent/schema.
//
// It is ent's generator without the client's auto-migration. This project applies versioned migrations, and
// auto-migration would link Atlas's drivers for MySQL and SQLite, and HCL, into each program that uses the client. The
// description of the tables, from which migrations are generated, is still written: see internal/store/entschema.
package main

import (
	"fmt"
	"os"
	"slices"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

// tables is ent's template "schema" under the name of the file that it writes. ent skips that file together with
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
	gen.GraphTemplates = slices.DeleteFunc(gen.GraphTemplates, isUnused)
	config := &gen.Config{
		Hooks:     []gen.Hook{withoutMigration},
		Templates: []*gen.Template{described},
	}
	// sql/execquery lets internal/store run its own statements in ent's transactions.
	return entc.Generate(schema, config, entc.FeatureNames("sql/execquery"))
}

// isUnused reports whether a template generates a package that this project does not use: helpers for hooks and for
// tests with auto-migration.
func isUnused(template gen.GraphTemplate) bool {
	return template.Name == "hook" || template.Name == "enttest"
}

// withoutMigration removes auto-migration from the features of the storage.
func withoutMigration(next gen.Generator) gen.Generator {
	return gen.GenerateFunc(func(graph *gen.Graph) error {
		storage := *graph.Storage // a copy: all graphs share the storage
		storage.SchemaMode &^= gen.Migrate
		graph.Storage = &storage
		return next.Generate(graph)
	})
}
