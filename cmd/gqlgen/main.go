// Command gqlgen generates the GraphQL code of gqlgen.yml, including the tables of the compiled executor.
package main

import (
	"fmt"
	"os"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"

	"followgraph/internal/executor/generator"
)

func main() {
	if len(os.Args) > 2 {
		fmt.Fprintln(os.Stderr, "usage: gqlgen [configuration]")
		os.Exit(2)
	}
	file := "gqlgen.yml"
	if len(os.Args) == 2 {
		file = os.Args[1]
	}
	if err := run(file); err != nil {
		fmt.Fprintln(os.Stderr, "gqlgen:", err)
		os.Exit(1)
	}
}

func run(file string) error {
	cfg, err := config.LoadConfig(file)
	if err != nil {
		return err
	}
	return api.Generate(cfg, api.AddPlugin(generator.Plugin{}))
}
