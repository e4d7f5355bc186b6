package persisted

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
)

// Trusted is the current set of trusted documents. The set can be replaced while it is in use. It is safe for
// concurrent use.
type Trusted struct {
	paths  []string
	own    []Manifest
	schema *ast.Schema

	reloading sync.Mutex // serializes reloads, so that the manifests that were read last win
	current   atomic.Pointer[Set]
}

// NewTrusted loads manifests like Load and remembers their paths.
func NewTrusted(paths []string, schema *ast.Schema, own ...Manifest) (*Trusted, error) {
	t := &Trusted{paths: slices.Clone(paths), own: own, schema: schema}
	if err := t.Reload(); err != nil {
		return nil, err
	}
	return t, nil
}

// Set returns the current set. A caller that looks up several names for one request calls it once, to see one set.
func (t *Trusted) Set() *Set { return t.current.Load() }

// Reload reads the manifests again, including new files in their directories. The new set replaces the old one
// atomically. With an error, see Load, the old set stays. A text that is in both sets keeps its parsed document.
func (t *Trusted) Reload() error {
	t.reloading.Lock()
	defer t.reloading.Unlock()
	set, err := load(t.paths, t.own, t.schema, t.current.Load())
	if err != nil {
		return err
	}
	t.current.Store(set)
	return nil
}
