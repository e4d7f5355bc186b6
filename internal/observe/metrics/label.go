package metrics

import "sync"

// label bounds the values of a label: each of them is a time series, which a scraper keeps for weeks. The first ones are
// taken as they are, and all that come when there are enough share the value other. The values come from the program
// and from the operator's documents and are few; this is for the day on which somebody is mistaken about that.
type label struct {
	most int

	mu    sync.RWMutex
	known map[string]bool
}

const other = "other"

func newLabel(most int) *label { return &label{most: most, known: map[string]bool{}} }

// of is the label's value for a value.
func (l *label) of(value string) string {
	l.mu.RLock()
	known := l.known[value]
	l.mu.RUnlock()
	if known {
		return value
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known[value] && len(l.known) >= l.most {
		return other
	}
	l.known[value] = true
	return value
}
