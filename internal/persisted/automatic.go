package persisted

import (
	"crypto/sha256"
	"strings"
	"sync"
)

// The bounds of Automatic.
const (
	// DefaultAutomaticBytes holds some thousand documents of the size that clients generate.
	DefaultAutomaticBytes = 32 << 20
	// MaxAutomaticText bounds a text, in bytes: a longer one is never kept, and has to be sent each time.
	MaxAutomaticText = 64 << 10

	// entryBytes is what an entry takes beside its text at most: its links, and its share of a hash table that has just
	// grown.
	entryBytes = 256
	// onceShare is the part of the memory that is for texts nobody has asked for yet, in per cent.
	probationPercent = 25
)

// Automatic keeps texts that clients sent, by their SHA-256, for automatic persisted queries. Nothing else is kept with
// them, and what they take is bounded: whoever fills it pushes out other clients' texts, which are then sent again, and no
// more than that. It is safe for concurrent use.
//
// A text that was asked for after it came is kept apart from those that only came, so a flood of new texts does not
// push out the ones in use. This is segmented LRU: among its like, the one that was used least recently goes first.
type Automatic struct {
	mu        sync.Mutex
	probation segment // came, and were not asked for since
	protected segment // asked for
}

// NewAutomatic makes a store that takes at most maxBytes, the entries' own size counted.
func NewAutomatic(maxBytes int) *Automatic {
	probation := maxBytes * probationPercent / 100
	return &Automatic{probation: newSegment(probation), protected: newSegment(maxBytes - probation)}
}

// Find finds a text by its SHA-256 in hexadecimal, in either case. A hash of another form finds nothing.
func (a *Automatic) Find(hash string) (text string, ok bool) {
	sum, ok := parseHash(hash)
	if !ok {
		return "", false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if text, ok := a.protected.texts.Get(sum); ok {
		return text, true
	}
	text, ok = a.probation.take(sum)
	if !ok {
		return "", false
	}
	// Those that were used least recently get another chance among the new ones.
	for _, entry := range a.protected.add(segmentEntry{sum, text}) {
		a.probation.add(entry)
	}
	return text, true
}

// Save keeps a text that has been parsed and validated; one that is there, or too long, changes nothing.
func (a *Automatic) Save(text string) {
	if len(text) > MaxAutomaticText {
		return
	}
	sum := sha256.Sum256([]byte(text))
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.protected.texts.Contains(sum) && !a.probation.texts.Contains(sum) {
		a.probation.add(segmentEntry{sum, strings.Clone(text)}) // the caller's may be a part of a whole request
	}
}

// Len is the number of texts.
func (a *Automatic) Len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.probation.texts.Len() + a.protected.texts.Len()
}

// Bytes is what they take, never more than NewAutomatic was given.
func (a *Automatic) Bytes() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.probation.bytes + a.protected.bytes
}

// Matches tells whether hash is the SHA-256 of text in hexadecimal, in either case.
func Matches(hash, text string) bool {
	sum, ok := parseHash(hash)
	return ok && sum == sha256.Sum256([]byte(text))
}
