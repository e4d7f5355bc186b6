package persisted

import (
	"crypto/sha256"
	"math"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

type digest = [sha256.Size]byte

// segment is an LRU cache of texts, limited by bytes.
type segment struct {
	texts      *simplelru.LRU[digest, string]
	bytes, max int
}

// segmentEntry is a text with its hash.
type segmentEntry struct {
	sum  digest
	text string
}

func newSegment(maxBytes int) segment {
	texts, err := simplelru.NewLRU[digest, string](math.MaxInt, nil) // limited by bytes, not by number
	if err != nil {
		panic(err) // NewLRU fails only for sizes below 1
	}
	return segment{texts: texts, max: maxBytes}
}

// add adds a new text and returns the evicted ones, possibly including the new text.
func (s *segment) add(entry segmentEntry) (evicted []segmentEntry) {
	s.texts.Add(entry.sum, entry.text)
	s.bytes += size(entry.text)
	for s.bytes > s.max {
		sum, text, _ := s.texts.RemoveOldest()
		s.bytes -= size(text)
		evicted = append(evicted, segmentEntry{sum, text})
	}
	return evicted
}

// take removes a text and returns it.
func (s *segment) take(sum digest) (text string, ok bool) {
	if text, ok = s.texts.Peek(sum); ok {
		s.texts.Remove(sum)
		s.bytes -= size(text)
	}
	return text, ok
}

func size(text string) int { return len(text) + entryBytes }
