package loader

import (
	"sync"

	"followgraph/internal/model"
)

// pageKey names a page by its owner and a number for all the rest: a level asks for the same page of many owners, and
// the whole key is long to hash.
type pageKey struct {
	page  int
	owner string // empty for lists of all users
}

// pageNames numbers the pages of one operation, all but their owners. The zero value has none, and is safe for concurrent
// use.
type pageNames struct {
	mu      sync.Mutex
	numbers map[model.ConnectionKey]int // nil until there is one
	pages   []model.ConnectionKey
}

// name is the number of a page, whose User is empty.
func (p *pageNames) name(page model.ConnectionKey) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	number, known := p.numbers[page]
	if !known {
		if p.numbers == nil {
			p.numbers = map[model.ConnectionKey]int{}
		}
		number = len(p.pages)
		p.numbers[page] = number
		p.pages = append(p.pages, page)
	}
	return number
}

// full is the keys written out.
func (p *pageNames) full(keys []pageKey) []model.ConnectionKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	full := make([]model.ConnectionKey, len(keys))
	for i, key := range keys {
		full[i] = p.pages[key.page]
		full[i].User = key.owner
	}
	return full
}
