package persisted

import "github.com/vektah/gqlparser/v2/ast"

// EntryBytes is the overhead of an entry of Automatic.
const EntryBytes = entryBytes

// LoadBytes loads one manifest that is not in a file.
func LoadBytes(file string, data []byte, schema *ast.Schema) (*Set, error) {
	return Load(nil, schema, Manifest{Name: file, Data: data})
}
