package persisted

import (
	"crypto/sha256"
	"strings"
	"sync"
)

// The limits of Automatic.
const (
	// DefaultAutomaticBytes holds a few thousand documents of the size that clients generate.
	DefaultAutomaticBytes = 32 << 20
	// MaxAutomaticText is the maximum length of a text in bytes. Longer texts are not stored, and have to be sent with
	// each request.
	MaxAutomaticText = 64 << 10

	// entryBytes is the maximum overhead of an entry besides its text: its links, and its share of a hash table that
	// has just grown.
	entryBytes = 256
	// probationPercent is the share of the memory for texts that have not been requested again.
	probationPercent = 25
)

// Automatic stores texts that clients sent, by their SHA-256, for automatic persisted queries. Its memory is bounded. A
// client that fills it evicts the texts of other clients, which then have to send them again. It is safe for concurrent
// use.
//
// It is a segmented LRU cache: texts that were requested again are in a separate segment, so a flood of new texts does
// not evict those in use. Each segment evicts the least recently used text first.
type Automatic struct {
	mu        sync.Mutex
	probation segment // sent, but not requested since
	protected segment // requested again
}

// NewAutomatic returns a store that uses at most maxBytes, including the overhead of its entries.
func NewAutomatic(maxBytes int) *Automatic {
	probation := maxBytes * probationPercent / 100
	return &Automatic{probation: newSegment(probation), protected: newSegment(maxBytes - probation)}
}

// Find returns the text with a SHA-256, in hexadecimal of either case.
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
	// Evicted texts move back to probation.
	for _, entry := range a.protected.add(segmentEntry{sum, text}) {
		a.probation.add(entry)
	}
	return text, true
}

// Save stores a text that has been parsed and validated. It ignores texts that are too long or already stored.
func (a *Automatic) Save(text string) {
	if len(text) > MaxAutomaticText {
		return
	}
	sum := sha256.Sum256([]byte(text))
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.protected.texts.Contains(sum) && !a.probation.texts.Contains(sum) {
		a.probation.add(segmentEntry{sum, strings.Clone(text)}) // the original may be part of a whole request
	}
}

// Len returns the number of texts.
func (a *Automatic) Len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.probation.texts.Len() + a.protected.texts.Len()
}

// Bytes returns the memory in use, at most the limit of NewAutomatic.
func (a *Automatic) Bytes() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.probation.bytes + a.protected.bytes
}

// Matches reports whether hash is the SHA-256 of text, in hexadecimal of either case.
func Matches(hash, text string) bool {
	sum, ok := parseHash(hash)
	return ok && sum == sha256.Sum256([]byte(text))
}
