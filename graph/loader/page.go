package loader

import (
	"slices"
	"sync"

	"followgraph/internal/model"
)

// pageKey identifies a page by its owner and a number for everything else. A level needs the same page of many owners,
// and hashing the complete key of each would be slow.
type pageKey struct {
	page  int
	owner string // empty for lists of all users
}

// pageNumbers numbers the pages of one operation without their owners. The zero value is empty, and safe for concurrent
// use.
type pageNumbers struct {
	mu      sync.Mutex
	pages   []model.ConnectionKey
	numbers map[model.ConnectionKey]int // nil while there are at most scanLength pages
}

// number returns the number of a page. Its User must be empty.
func (p *pageNumbers) number(page model.ConnectionKey) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.numbers == nil {
		if number := slices.Index(p.pages, page); number >= 0 {
			return number
		}
	} else if number, known := p.numbers[page]; known {
		return number
	}
	number := len(p.pages)
	p.pages = append(p.pages, page)
	switch {
	case p.numbers != nil:
		p.numbers[page] = number
	case len(p.pages) > scanLength:
		p.numbers = make(map[model.ConnectionKey]int, 2*len(p.pages))
		for i, page := range p.pages {
			p.numbers[page] = i
		}
	}
	return number
}

// full returns the complete keys of pages.
func (p *pageNumbers) full(keys []pageKey) []model.ConnectionKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	full := make([]model.ConnectionKey, len(keys))
	for i, key := range keys {
		full[i] = p.pages[key.page]
		full[i].User = key.owner
	}
	return full
}
