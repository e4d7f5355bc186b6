package persisted

import "github.com/vektah/gqlparser/v2/ast"

// EntryBytes is what an entry of Automatic is counted for beside its text.
const EntryBytes = entryBytes

// LoadBytes is Load of one manifest that is not in a file.
func LoadBytes(file string, data []byte, schema *ast.Schema) (*Set, error) {
	return Load(nil, schema, Manifest{Name: file, Data: data})
}
