package persisted_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"followgraph/internal/persisted"
)

// schema returns the schema that the manifests in testdata were created for.
func schema(t testing.TB) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("testdata/schema.graphqls")
	require.NoError(t, err)
	parsed, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	require.NoError(t, err)
	return parsed
}

// file writes a manifest to a new directory.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manifest.json")
	write(t, path, text)
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// TestManifestsOfTools loads the manifests of client tools, and finds each document by all its names.
func TestManifestsOfTools(t *testing.T) {
	t.Parallel()
	for manifest, documents := range map[string]map[string]string{
		"apollo.json": {
			"6384cd1502fea24d5084f4c959afe9adcc0ffb985d66399e96d8281b1ddb7fa3": "Follow",
			"d957a67b2d99434d367b6d49eccd31a98cd7b3b64f5de77edd7456a13397eb69": "Followers",
			"b056751a60c6df4cf5dfe150d87345f6d07cfd69f54a11506fa943f96a81c087": "Viewer",
		},
		"apollo_custom_ids.json": {
			"Follow.6384cd1502fe":    "Follow",
			"Followers.d957a67b2d99": "Followers",
			"Viewer.b056751a60c6":    "Viewer",
		},
		"relay_md5.json": {
			"3bd938857ca21d5c0fee5eb717a8970c": "ViewerQuery",
			"8b6cae8af0ff460745effc2038ee4925": "ViewerFollowMutation",
		},
		"relay_sha1.json": {
			"5b6666bd6c86ce22e074364d5bf3098fa83f94d2": "ViewerQuery",
			"be8abed5910db9758bbb91175ec274a0a30d70f9": "ViewerFollowMutation",
		},
		"relay_sha256.json": {
			"af6081a9ac74fe52f75d8011ab8844291d42d192488e5263d826254bc477c8a9": "ViewerQuery",
			"6fdc7eb96265f5143a1398a26d8e45093f04b9c00cac96705110742fdbcec3b5": "ViewerFollowMutation",
		},
		"codegen_sha1.json": {
			"ff9f2677550c6108f9cf423e03024ca7bba2c1d7": "Viewer",
			"297c9fc1e4df7ff0ab617a8940dccfd7cbc3d9ea": "Followers",
			"50dda7ff0a4a457599f9ce14154ff1960f1d6d98": "Follow",
		},
		"codegen_sha256.json": {
			"sha256:ea9f4836fee52a05f69209936be688c2106b95d5995fd8ba16ca21bbc01cc6ba": "Viewer",
			"sha256:a96dd1fb6210d90c23de63581b33e9297b290734139fa316decbb507647d9ade": "Followers",
			"sha256:a30dd7ef478466cd2ef370ee959aeef0a03e5bbb08d0ffbb8712bfda3a2b33c8": "Follow",
		},
	} {
		t.Run(manifest, func(t *testing.T) {
			t.Parallel()
			set, err := persisted.Load([]string{"testdata/" + manifest}, schema(t))
			require.NoError(t, err)
			require.Equal(t, len(documents), set.Len())
			require.Equal(t, 1, set.Files())
			for id, operation := range documents {
				doc, ok := set.Document(id)
				require.True(t, ok, id)
				require.Equal(t, id, doc.ID)
				require.Equal(t, []string{operation}, doc.Operations)
				require.Equal(t, operation, doc.Parsed.Operations[0].Name)

				hash := persisted.Hash(doc.Text)
				for _, name := range []string{hash, "sha256:" + hash} {
					again, ok := set.Document(name)
					require.True(t, ok, name)
					require.Equal(t, doc.Text, again.Text)
				}
			}
		})
	}
}

// TestManifestsOfToolsTogether loads a directory. Texts that several manifests contain are parsed once.
func TestManifestsOfToolsTogether(t *testing.T) {
	t.Parallel()
	set, err := persisted.Load([]string{"testdata"}, schema(t))
	require.NoError(t, err)
	require.Equal(t, 7, set.Files(), "every *.json file, and no other")
	require.Equal(t, 3*4+2*3, set.Len())
	one, _ := set.Document("3bd938857ca21d5c0fee5eb717a8970c")
	other, _ := set.Document("5b6666bd6c86ce22e074364d5bf3098fa83f94d2")
	require.Equal(t, "ViewerQuery", one.Operations[0])
	require.Same(t, one.Parsed, other.Parsed)
}

// TestIDs looks up documents by valid and invalid names.
func TestIDs(t *testing.T) {
	t.Parallel()
	const text = "{ viewer { id } }"
	hash := persisted.Hash(text)
	const upper = "6A7B4BD717B41F10434822356A93C32B1FB4907B983E854300AD839F84CDCD6E" // of no text in this test
	path := file(t, `{"x-app:viewer:1": "{ viewer { id } }", "`+upper+`": "{ viewer { username } }"}`)
	set, err := persisted.Load([]string{path}, schema(t))
	require.NoError(t, err)
	for id, want := range map[string]string{
		"x-app:viewer:1":       text,
		hash:                   text,
		strings.ToUpper(hash):  text,
		"sha256:" + hash:       text,
		upper:                  "{ viewer { username } }", // accepted, although it is not the hash of its text
		strings.ToLower(upper): "{ viewer { username } }",

		"sha256:" + strings.ToUpper(hash):  "",
		"SHA256:" + hash:                   "",
		"sha256:" + strings.ToLower(upper): "",
		"X-app:viewer:1":                   "",
		"x-app:viewer":                     "",
		"viewer":                           "",
		"":                                 "",
		"sha256:":                          "",
		strings.Repeat("x", persisted.MaxIDBytes+1): "",
	} {
		doc, ok := set.Document(id)
		require.Equal(t, want != "", ok, "%q", id)
		require.Equal(t, want, doc.Text, "%q", id)
	}
}

func TestParsed(t *testing.T) {
	t.Parallel()
	const one, two = "{ __typename }", "query Two { __typename }"
	set, err := persisted.Load([]string{file(t, `{"a": "`+one+`", "b": "`+one+`", "c": "`+two+`"}`)}, schema(t))
	require.NoError(t, err)
	parsed := set.Parsed()
	require.Len(t, parsed, 2)
	for id, text := range map[string]string{"a": one, "b": one, "c": two} {
		document, ok := set.Document(id)
		require.True(t, ok)
		require.Same(t, document.Parsed, parsed[text])
	}
}
