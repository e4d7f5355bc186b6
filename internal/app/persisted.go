package app

import (
	"errors"
	"fmt"
	"io"

	"followgraph/graph"
	"followgraph/internal/persisted"
	"followgraph/internal/wording"
)

// ErrBadDocuments reports that manifests are invalid for this version.
var ErrBadDocuments = errors.New("the persisted documents are invalid for this version")

// CheckPersisted validates manifests like the server at start, and writes each problem to out. It returns
// ErrBadDocuments if there is any.
func CheckPersisted(paths []string, out io.Writer) error {
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	set, err := persisted.Load(paths, schema)
	var invalid *persisted.ManifestError
	switch {
	case errors.As(err, &invalid):
		for _, problem := range invalid.Problems {
			fmt.Fprintln(out, problem)
		}
		if more := invalid.Total - len(invalid.Problems); more > 0 {
			fmt.Fprintf(out, "and %d more\n", more)
		}
		fmt.Fprintf(out, "%s in %s checked, %s\n",
			wording.Count(invalid.Documents, "document"), wording.Count(invalid.Files, "file"), wording.Count(invalid.Total, "problem"))
		return ErrBadDocuments
	case err != nil:
		return err
	}
	fmt.Fprintf(out, "%s in %s checked, no problems\n", wording.Count(set.Len(), "document"), wording.Count(set.Files(), "file"))
	return nil
}
