package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/app"
)

// TestCheckPersisted checks manifests against the product's schema, without a database.
func TestCheckPersisted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		manifest, want string // want is the output, after the file's name in a line of a problem
		wrong          error
	}{
		"good": {
			`{"a": "query A { viewer { username } }", "b": "query B { users(first: 1) { nodes { username } } }"}`,
			"2 documents in 1 file checked, no problems\n",
			nil,
		},
		"bad": {
			`{"a": "query A { viewer { username } }", "b": "query B { xyzzyx }"}`,
			`:1: document "b" (B): line 1, column 11 of the text: Cannot query field "xyzzyx" on type "Query".` + "\n" +
				"2 documents in 1 file checked, 1 problem\n",
			app.ErrBadDocuments,
		},
		"@defer is unknown": {
			`{"a": "query A { ... @defer { viewer { username } } }"}`,
			`:1: document "a" (A): line 1, column 16 of the text: Unknown directive "@defer".` + "\n" +
				"1 document in 1 file checked, 1 problem\n",
			app.ErrBadDocuments,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "manifest.json")
			require.NoError(t, os.WriteFile(path, []byte(test.manifest), 0o600))
			var out bytes.Buffer
			require.Equal(t, test.wrong, app.CheckPersisted([]string{path}, &out))
			want := test.want
			if test.wrong != nil {
				want = path + want
			}
			require.Equal(t, want, out.String())
		})
	}
}
