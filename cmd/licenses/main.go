// Command licenses writes THIRD_PARTY_LICENSES: the licences and notices of the Go modules that the program links on
// Linux. It fails if a module has no licence, an unknown one, or one that is not allowed.
//
// It recognizes licences with licensecheck, like pkg.go.dev. It uses the network only to download modules that are not
// in the cache.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
)

const (
	program = "./cmd/followgraph"
	file    = "THIRD_PARTY_LICENSES"
)

func main() {
	check := flag.Bool("check", false, "do not write "+file+", but fail if it is stale")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: licenses [-check]")
		os.Exit(2)
	}
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	modules, err := linked(program)
	if err != nil {
		return err
	}
	for _, m := range modules {
		if err := m.read(); err != nil {
			return fmt.Errorf("%s: %w", m, err)
		}
	}
	want := write(modules)
	if !check {
		return os.WriteFile(file, want, 0o644) //nolint:gosec // for everybody to read
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !bytes.Equal(content, want) {
		return fmt.Errorf("%s is stale: run `make licenses`", file)
	}
	return nil
}
