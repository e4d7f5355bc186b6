package persisted_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/document"
	"followgraph/internal/persisted"
)

// apollo returns an Apollo manifest with these operations.
func apollo(operations string) string {
	return `{"format":"apollo-persisted-query-manifest","version":1,"operations":[` + operations + `]}`
}

// TestUnreadableManifests loads files that are not manifests, or only in part.
func TestUnreadableManifests(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, want string // after the file's name
	}{
		"empty":                         {"", ":1: not JSON at byte 1: unexpected end of JSON input"},
		"not JSON":                      {"query { viewer { id } }", ":1: not JSON at byte 1: invalid character 'q' looking for beginning of value"},
		"truncated":                     {"{\n\"a\": \"{ viewer", ":2: not JSON at byte 16: unexpected end of JSON input"},
		"trailing comma":                {"{\n\"a\": \"{ viewer { id } }\",\n}", ":3: not JSON at byte 29: invalid character '}' looking for beginning of object key string"},
		"trailing bytes":                {"{}\n{}", ":2: not JSON at byte 4: invalid character '{' after top-level value"},
		"a byte order mark":             {"\xef\xbb\xbf{}", ":1: the file begins with a byte order mark: it must be UTF-8 without one"},
		"UTF-16":                        {"\xff\xfe{\x00}\x00", ":1: byte 1 is not UTF-8"},
		"Latin-1":                       {"{\n\"a\": \"# \xe4\"}", ":2: byte 11 is not UTF-8"},
		"an unpaired surrogate":         {"{\n\"a\":\n \"# \\ud83d.\"}", ":3: byte 12 begins an unpaired surrogate"},
		"a list":                        {`[]`, ":1: expected a JSON object"},
		"null":                          {`null`, ":1: expected a JSON object"},
		"deep":                          {strings.Repeat("[", 20_000), ":1: not JSON at byte 10001: invalid character '[' exceeded max depth"},
		"a map to other objects":        {"{\n\"a\":\n {\"query\": \"\"}}", `:3: the operation has no source`},
		"a map to lists":                {"{\n\"a\":\n []}", `:3: the value of "a" must be a string, or an object with a source: a manifest is a map from id to text, or one of Apollo's`},
		"a source that is not a string": {"{\"a\":\n {\"name\": \"A\",\n\"source\": 1}}", ":3: the operation's source is not a string"},
		"a duplicate source":            {"{\"a\": {\"source\": \"\",\n\"source\": \"\"}}", `:2: duplicate name "source" in an object`},
		"a duplicate id":                {"{\"a\": \"{ viewer { id } }\",\n \"a\": \"{ viewer { id } }\"}", `:2: duplicate name "a" in an object`},
		"a duplicate escaped id":        {"{\"a\": \"{ viewer { id } }\",\n \"\\u0061\": \"\"}", `:2: duplicate name "a" in an object`},

		"another version":                {`{"format":"apollo-persisted-query-manifest",` + "\n" + `"version":2,"operations":[]}`, ":2: version must be 1"},
		"the version as text":            {`{"format":"apollo-persisted-query-manifest","version":"1","operations":[]}`, ":1: version must be 1"},
		"no version":                     {`{"format":"apollo-persisted-query-manifest","operations":[]}`, ":1: version must be 1"},
		"another format":                 {`{"format":"apollo","version":1,"operations":[]}`, `:1: format must be "apollo-persisted-query-manifest"`},
		"no format":                      {`{"version":1,"operations":[]}`, `:1: format must be "apollo-persisted-query-manifest"`},
		"no operations":                  {`{"format":"apollo-persisted-query-manifest","version":1}`, ":1: operations is not a list"},
		"duplicate operations":           {`{"format":"apollo-persisted-query-manifest","version":1,"operations":[],` + "\n" + `"operations":[]}`, `:2: duplicate name "operations" in an object`},
		"operations by id":               {`{"format":"apollo-persisted-query-manifest","version":1,"operations":{}}`, ":1: operations is not a list"},
		"not an operation":               {apollo("\n1"), ":2: expected a JSON object"},
		"no id":                          {apollo("\n{\"body\":\"{ viewer { id } }\"}"), ":2: the operation has no id"},
		"no body":                        {apollo("\n{\"id\":\"a\"}"), ":2: the operation has no body"},
		"a number for an id":             {apollo("{\n\"id\":1,\"body\":\"\"}"), ":2: the operation's id is not a string"},
		"null for a name":                {apollo("{\n\"id\":\"a\",\n\"name\":null,\"body\":\"\"}"), ":3: the operation's name is not a string"},
		"a duplicate id of an operation": {apollo("{\"id\":\"a\",\n\"id\":\"a\",\"body\":\"\"}"), `:2: duplicate name "id" in an object`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := file(t, test.text)
			_, err := persisted.Load([]string{path}, schema(t))
			var invalid *persisted.ManifestError
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, 1, invalid.Total)
			require.Equal(t, 1, invalid.Files)
			require.Zero(t, invalid.Documents)
			require.Equal(t, path+test.want, invalid.Problems[0].String())
		})
	}
}

// TestUnusualManifests loads unusual manifests that are valid.
func TestUnusualManifests(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		ids  []string
	}{
		"an empty map":                   {" {}\n", nil},
		"an empty manifest":              {apollo(""), nil},
		"ids that are Apollo's keywords": {`{"format": "{ viewer { id } }", "version": "{ viewer { id } }", "operations": "{ viewer { id } }"}`, []string{"format", "version", "operations"}},
		"members in another order":       {`{"operations":[{"body":"{ viewer { id } }","id":"a"}],"more":{"a":[1]},"version":1,"format":"apollo-persisted-query-manifest"}`, []string{"a"}},
		"unknown members":                {apollo(`{"id":"a","clientName":null,"body":"{ viewer { id } }","more":[{}]}`), []string{"a"}},
		"an id again":                    {apollo(`{"id":"a","body":"{ viewer { id } }"},{"id":"a","body":"{ viewer { id } }"}`), []string{"a"}},
		"Apollo iOS and Kotlin":          {`{"a": {"name": "A", "source": "query A { viewer { id } }"}, "b": {"name": "B", "type": "query", "source": "query B { viewer { id } }", "new": []}}`, []string{"a", "b"}},
		"mixed formats":                  {`{"a": "{ viewer { id } }", "operations": "{ viewer { id } }", "b": {"source": "query B { viewer { id } }"}}`, []string{"a", "operations", "b"}},
		"a text again":                   {`{"a":"{ viewer { id } }","b":"{ viewer { id } }"}`, []string{"a", "b"}},
		"a surrogate pair":               {`{"a":"# \ud83d\ude00\n{ viewer { id } }"}`, []string{"a"}},
		"several operations":             {apollo(`{"id":"a","name":"B","type":"mutation","body":"query A { viewer { id } } mutation B { followUser(id: 1) { id } }"}`), []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, err := persisted.Load([]string{file(t, test.text)}, schema(t))
			require.NoError(t, err)
			require.Equal(t, len(test.ids), set.Len())
			for _, id := range test.ids {
				_, ok := set.Document(id)
				require.True(t, ok, id)
			}
		})
	}
}

// TestInvalidDocuments loads manifests with one invalid document.
func TestInvalidDocuments(t *testing.T) {
	t.Parallel()
	hash := persisted.Hash("{ viewer { id } }")
	for name, test := range map[string]struct {
		text string
		want string // after the file's name
	}{
		"an unknown field": {"{\n \"a\": \"query A {\\n  viewer {\\n    phone\\n  }\\n}\"}",
			`:2: document "a" (A): line 3, column 5 of the text: Cannot query field "phone" on type "User".`},
		"several errors": {`{"a": "query A { viewer { phone mail } }"}`,
			`:1: document "a" (A): line 1, column 20 of the text: Cannot query field "phone" on type "User". (and 1 more)`},
		"not GraphQL":                {`{"a": "query A { viewer { id }"}`, `:1: document "a": line 1, column 24 of the text: Expected Name, found <EOF>`},
		"a syntax error with a name": {apollo(`{"id":"a","name":"A","type":"query","body":"{"}`), `:1: document "a" (A): line 1, column 2 of the text: Expected Name, found <EOF>`},
		"too long":                   {`{"a": "{ viewer { ` + strings.Repeat("id ", document.MaxTokens) + `} }"}`, `:1: document "a": exceeded token limit of 15000`},
		"a source with another name": {`{"a": {"name": "B", "source": "query A { viewer { id } }"}}`, `:1: document "a" (B): the text has no operation with name "B" and type ""`},
		"empty":                      {`{"a": " \n"}`, `:1: document "a": no operation provided`},
		"a comment":                  {`{"a": "# no more"}`, `:1: document "a": no operation provided`},
		"a fragment":                 {`{"a": "fragment F on User { id }"}`, `:1: document "a": no operation provided`},
		"another name":               {apollo(`{"id":"a","name":"B","type":"query","body":"query A { viewer { id } }"}`), `:1: document "a" (B): the text has no operation with name "B" and type "query"`},
		"another type":               {apollo(`{"id":"a","name":"A","type":"mutation","body":"query A { viewer { id } }"}`), `:1: document "a" (A): the text has no operation with name "A" and type "mutation"`},

		"no id":                  {`{"": "{ viewer { id } }"}`, `:1: the id is malformed: it is empty`},
		"a blank":                {`{"a b": "{ viewer { id } }"}`, `:1: document "a b": the id is malformed: its byte 2 is not allowed: use only A-Z a-z 0-9 - . _ ~ and a colon after a prefix`},
		"a prefix":               {`{"md5:a": "{ viewer { id } }"}`, `:1: document "md5:a": the id is malformed: its prefix is reserved: use sha256: or a prefix that starts with x-`},
		"a long id":              {`{"` + strings.Repeat("x", 300) + `": "{ viewer { id } }"}`, `:1: document "` + strings.Repeat("x", 256) + `": the id is malformed: it has 300 bytes; the limit is 256`},
		"the hash of other text": {`{"sha256:` + hash + `": "{ viewer { username } }"}`, `:1: document "sha256:` + hash + `": the id is not the SHA-256 of the text, which is ` + persisted.Hash("{ viewer { username } }")},

		"a long value of several lines": {`{"a": "query A { viewer { bio(length: \"\"\"a\nb` + strings.Repeat("b", 500) + `\"\"\") } }"}`,
			`:1: document "a" (A): line 2 of the text: Int cannot represent non-integer value: "a\nb` + strings.Repeat("b", 235) + `…`},
		"control characters": {apollo(`{"id":"a","name":"\u001b[2J\n","type":"query","body":"query A { viewer { id } }"}`),
			`:1: document "a" ( [2J ): the text has no operation with name "\x1b[2J\n" and type "query"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := file(t, test.text)
			_, err := persisted.Load([]string{path}, schema(t))
			var invalid *persisted.ManifestError
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, 1, invalid.Total)
			require.Equal(t, 1, invalid.Documents)
			require.Equal(t, path+test.want, invalid.Problems[0].String())
			require.Equal(t, "the persisted documents cannot be used\n"+path+test.want, err.Error())
		})
	}
}

// TestLimitsOfRequestsHoldForManifests loads documents that a request could not send. The errors are the same.
func TestLimitsOfRequestsHoldForManifests(t *testing.T) {
	t.Parallel()
	types := schema(t)
	requests := document.Validator{Schema: types, Suggestions: true}
	var aliases, fragments, variables strings.Builder
	for i := range 600 {
		fmt.Fprintf(&aliases, "a%d: id ", i)
		fmt.Fprintf(&fragments, "fragment F%d on User { id } ", i)
		fmt.Fprintf(&variables, "$v%d: Int ", i)
	}
	for name, text := range map[string]string{
		"aliases":               "query A { viewer { " + aliases.String() + "} }",
		"fragments":             "query A { viewer { id } } " + fragments.String(),
		"variables":             "query A(" + variables.String() + ") { viewer { id } }",
		"nesting":               "query A { viewer " + strings.Repeat("{ followers { nodes ", 40) + "{ id }" + strings.Repeat("} }", 40) + " }",
		"directives":            "query A { viewer { " + strings.Repeat("id @skip(if: false) ", 600) + "} }",
		"a long name":           "query A { viewer { " + strings.Repeat("x", 200) + " } }",
		"visits":                strings.Repeat("query A { ...F } ", 400) + "fragment F on Query { viewer { " + strings.Repeat("id ", 1000) + "} }",
		"tokens":                "query A { viewer { " + strings.Repeat("id ", document.MaxTokens) + "} }",
		"an unpaired surrogate": `query A { user(id: "\ud83d") { id } }`,
		"an unclosed string":    `query A { user(id: "x) { id } }`,
		"a conflict":            "query A { viewer { id: username id } }",
		"an unknown field":      "query A { viewer { usernam } }",
		"a wide integer":        "query A { users(first: 3000000000) { totalCount } }",
		"no operation":          "fragment F on User { id }",
		"nothing":               "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, errs := requests.Parse(text)
			require.NotEmpty(t, errs)
			manifest, err := json.Marshal(map[string]string{"a": text})
			require.NoError(t, err)
			_, err = persisted.LoadBytes("manifest.json", manifest, types)
			var invalid *persisted.ManifestError
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, 1, invalid.Total)
			require.Contains(t, invalid.Problems[0].Message, errs[0].Message)
		})
	}
}

// TestIDsWithTwoTexts loads two files in which an id has different texts.
func TestIDsWithTwoTexts(t *testing.T) {
	t.Parallel()
	hash := persisted.Hash("{ viewer { id } }")
	for name, test := range map[string]struct{ first, second, id, twice string }{
		"an id":                        {`{"a": "{ viewer { id } }"}`, `{"a": "{ viewer { username } }"}`, "a", "a"},
		"white space differs":          {`{"a": "{ viewer { id } }"}`, `{"a": "{ viewer { id } } "}`, "a", "a"},
		"the hash of an earlier text":  {`{"a": "{ viewer { id } }"}`, `{"` + hash + `": "{ viewer { username } }"}`, hash, hash},
		"in capitals":                  {`{"a": "{ viewer { id } }"}`, `{"` + strings.ToUpper(hash) + `": "{ viewer { username } }"}`, strings.ToUpper(hash), hash},
		"an earlier id that is a hash": {`{"` + hash + `": "{ viewer { username } }"}`, `{"a": "{ viewer { id } }"}`, "a", hash},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second := file(t, test.first), file(t, "\n"+test.second)
			_, err := persisted.Load([]string{first, second}, schema(t))
			var invalid *persisted.ManifestError
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, fmt.Sprintf("%s:2: document %q: %s already names another text in %s:1", second, test.id, test.twice, first),
				invalid.Problems[0].String())
			require.Equal(t, 1, invalid.Total)
			require.Equal(t, 2, invalid.Files)
			require.Equal(t, 2, invalid.Documents)
		})
	}
}

// TestAllProblemsAreReported loads several files with problems of every kind.
func TestAllProblemsAreReported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var many strings.Builder
	for i := range 150 {
		fmt.Fprintf(&many, ",\n\"many-%03d\": \"{ gone }\"", i)
	}
	write(t, filepath.Join(dir, "1.json"), `{"good": "{ viewer { id } }", "bad": "{ gone }"}`)
	write(t, filepath.Join(dir, "2.json"), "{")
	write(t, filepath.Join(dir, "3.json"), "{"+many.String()[1:]+"}")
	_, err := persisted.Load([]string{filepath.Join(dir, "none"), dir}, schema(t))
	var invalid *persisted.ManifestError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, 153, invalid.Total)
	require.Equal(t, 3, invalid.Files)
	require.Equal(t, 152, invalid.Documents)
	require.Len(t, invalid.Problems, 100)
	lines := strings.Split(err.Error(), "\n")
	require.Equal(t, filepath.Join(dir, "none")+": no such file or directory", lines[1])
	require.Equal(t, filepath.Join(dir, "1.json")+`:1: document "bad": line 1, column 3 of the text: Cannot query field "gone" on type "Query".`, lines[2])
	require.Equal(t, filepath.Join(dir, "2.json")+":1: not JSON at byte 1: unexpected end of JSON input", lines[3])
	require.Equal(t, filepath.Join(dir, "3.json")+`:2: document "many-000": line 1, column 3 of the text: Cannot query field "gone" on type "Query".`, lines[4])
	require.Equal(t, "and 53 more", lines[len(lines)-1])
}

// TestDirectories loads the manifests of a directory.
func TestDirectories(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "notes.txt"), "not read")
	write(t, filepath.Join(dir, ".hidden.json"), "not read")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "below.json"), 0o700))
	write(t, filepath.Join(dir, "below.json", "deeper.json"), "not read")
	_, err := persisted.Load([]string{dir}, schema(t))
	require.ErrorContains(t, err, dir+": the directory holds no *.json file")

	target := file(t, `{"linked": "{ viewer { id } }"}`)
	require.NoError(t, os.Symlink(target, filepath.Join(dir, "b.json")))
	write(t, filepath.Join(dir, "a.json"), `{"a": "{ viewer { id } }"}`)
	set, err := persisted.Load([]string{dir, target}, schema(t))
	require.NoError(t, err)
	require.Equal(t, 3, set.Files())
	require.Equal(t, 2, set.Len())
	byHash, _ := set.Document(persisted.Hash("{ viewer { id } }"))
	require.Equal(t, "a", byHash.ID, "of several ids, the first file's")

	set, err = persisted.Load(nil, schema(t))
	require.NoError(t, err)
	require.Zero(t, set.Len())
}

func TestLimitsOfManifests(t *testing.T) {
	t.Parallel()
	path := file(t, "{}"+strings.Repeat(" ", persisted.MaxFileBytes-2))
	_, err := persisted.Load([]string{path}, schema(t))
	require.NoError(t, err)
	path = file(t, "{}"+strings.Repeat(" ", persisted.MaxFileBytes-1))
	_, err = persisted.Load([]string{path}, schema(t))
	require.ErrorContains(t, err, path+": the file has more than 16777216 bytes")

	var documents strings.Builder
	for i := range persisted.MaxDocuments {
		fmt.Fprintf(&documents, ",\"%d\":\"{ viewer { id } }\"", i)
	}
	path = file(t, "{"+documents.String()[1:]+"}")
	set, err := persisted.Load([]string{path, path}, schema(t))
	require.NoError(t, err)
	require.Equal(t, persisted.MaxDocuments, set.Len())
	more := file(t, `{"more": "{ viewer { id } }", "still-more": "{ viewer { id } }"}`)
	_, err = persisted.Load([]string{path, more}, schema(t))
	require.EqualError(t, err, "the persisted documents cannot be used\n"+
		more+`:1: document "more": there are more than 10000 documents`)
}
