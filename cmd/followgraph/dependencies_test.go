package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDependencies checks that the program does not contain certain packages: large ones of little use, and those that
// only tools and tests need. Each was once a dependency of a package that the program uses. docs/benchmarks.md explains
// how it was avoided.
func TestDependencies(t *testing.T) {
	t.Parallel()
	unwanted := []string{
		"google.golang.org/grpc", "google.golang.org/genproto", "github.com/grpc-ecosystem",
		"github.com/hashicorp/hcl", "github.com/zclconf", "ariga.io/atlas/schemahcl",
		"ariga.io/atlas/sql/mysql", "ariga.io/atlas/sql/sqlite", "ariga.io/atlas/sql/postgres", "ariga.io/atlas/sql/sqlclient",
		"entgo.io/ent/dialect/sql/schema", "entgo.io/ent/entc",
		"github.com/99designs/gqlgen/codegen", "golang.org/x/tools", "html/template",
		"testing", "github.com/stretchr/testify", "github.com/google/licensecheck",
		"github.com/google/go-containerregistry", "github.com/CycloneDX/cyclonedx-go", "github.com/spf13/cobra/doc", "github.com/cpuguy83/go-md2man",
	}
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", ".")
	list.Env = append(list.Environ(), "GOOS=linux", "GOARCH=amd64")
	output, err := list.Output()
	require.NoError(t, err)
	linked := strings.Fields(string(output))
	require.Contains(t, linked, "ariga.io/atlas/sql/migrate")
	for _, path := range linked {
		for _, prefix := range unwanted {
			require.False(t, path == prefix || strings.HasPrefix(path, prefix+"/"), "the program links %s", path)
		}
	}
}
