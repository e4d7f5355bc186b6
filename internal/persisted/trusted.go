package persisted

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
)

// Trusted is the set of documents that clients may name, which can be replaced while it is used. It is safe for
// concurrent use.
type Trusted struct {
	paths  []string
	own    []Manifest
	schema *ast.Schema

	reloading sync.Mutex // one at a time: the manifests that were read last win
	current   atomic.Pointer[Set]
}

// NewTrusted loads manifests as Load does, and remembers where they are.
func NewTrusted(paths []string, schema *ast.Schema, own ...Manifest) (*Trusted, error) {
	t := &Trusted{paths: slices.Clone(paths), own: own, schema: schema}
	if err := t.Reload(); err != nil {
		return nil, err
	}
	return t, nil
}

// Set is the current set. Who looks something up several times for one request asks it once, so as not to see two sets.
func (t *Trusted) Set() *Set { return t.current.Load() }

// Reload reads the manifests again, and what their directories hold now. The new set takes the old one's place at once
// and as a whole. With an error, Load's, the old one stays. A text that stays keeps its parsed document.
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
