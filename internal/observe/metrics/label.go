package metrics

import "sync"

// label bounds the number of a label's values. Each value is a time series that a scraper stores for weeks. When the
// limit is reached, all further values become other. The values come from the program and from the operator's
// documents, so there should be few; the limit is a safeguard.
type label struct {
	limit int

	mu    sync.RWMutex
	known map[string]bool
}

const other = "other"

func newLabel(limit int) *label { return &label{limit: limit, known: map[string]bool{}} }

// of returns value, or other if the limit is reached.
func (l *label) of(value string) string {
	l.mu.RLock()
	known := l.known[value]
	l.mu.RUnlock()
	if known {
		return value
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known[value] && len(l.known) >= l.limit {
		return other
	}
	l.known[value] = true
	return value
}
