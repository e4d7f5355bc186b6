package limit

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// The bounds of what instances send to each other. A message of the most entries takes 5.7 kB.
const (
	// shareEvery is the least time between two messages of an instance.
	shareEvery = 50 * time.Millisecond
	// mostEntries is the number of entries of one message.
	mostEntries = 512
	// mostPending is the number of entries that wait for a message. Beyond it, further ones count on this instance only.
	mostPending = 8 * mostEntries
	// mostEvents bounds the events of one entry.
	mostEvents = 1000
	// mostSenders is the number of instances whose last message is remembered.
	mostSenders = 1024
	// maxClockDifference is how far the clocks of two instances may differ, with the delay of a message.
	maxClockDifference = 5 * time.Minute
)

// The layout of a message: version, sender, time in microseconds since 1970, then entries of a bucket, a key and a signed
// number of events, and a MAC over all that.
const (
	messageVersion = 1
	senderSize     = 16
	headerSize     = 1 + senderSize + 8
	entrySize      = 1 + 8 + 2
	macSize        = 16
)

// MaxMessage is the length of the longest message in bytes.
const MaxMessage = headerSize + mostEntries*entrySize + macSize

// entry is a bucket with its key.
type entry struct {
	bucket bucket
	key    uint64
}

// sharing is what an instance sends to others and has received from them. It is guarded by Attempts.mu.
type sharing struct {
	on      bool
	macKey  []byte
	sender  [senderSize]byte
	pending map[entry]int // events; negative for those that were returned
	wake    chan struct{} // has an element if there is something to send
	last    *simplelru.LRU[[senderSize]byte, int64]
	sent    int64 // time of the last message
	counts  SharingCounts
}

// SharingCounts are the numbers of messages since the start.
type SharingCounts struct {
	Sent, Received int64
	Lost           int64 // entries that no other instance gets, because there were too many or a message could not be sent
	Ignored        int64 // messages that were malformed, forged, old or of instances with another key
}

// note keeps events for the next message. The caller holds a.mu.
func (a *Attempts) note(charges []charge, events int) {
	for _, c := range charges {
		a.sharing.note(entry{c.bucket, c.key}, events)
	}
}

func (s *sharing) note(e entry, events int) {
	if !s.on {
		return
	}
	before, exists := s.pending[e]
	switch after := before + events; {
	case exists && after == 0:
		delete(s.pending, e) // returned before it was sent
	case !exists && len(s.pending) >= mostPending:
		s.counts.Lost++
	case max(after, -after) > mostEvents:
		s.counts.Lost++
	default:
		s.pending[e] = after
	}
	if len(s.pending) > 0 {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// Share sends what this instance has counted to the others, at most once in 50 ms, until ctx ends. What cannot be sent is
// not sent again. It returns at once if the instances have no common secret.
func (a *Attempts) Share(ctx context.Context, send func(ctx context.Context, message []byte) error) {
	if !a.sharing.on {
		return
	}
	pause := time.NewTicker(shareEvery)
	defer pause.Stop()
	for {
		select {
		case <-a.sharing.wake:
		case <-ctx.Done():
			return
		}
		message, entries := a.message()
		if entries > 0 {
			err := send(ctx, message)
			a.mu.Lock()
			if err != nil {
				a.sharing.counts.Lost += int64(entries)
			} else {
				a.sharing.counts.Sent++
			}
			a.mu.Unlock()
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return
		}
	}
}

// message takes pending entries into a message.
func (a *Attempts) message() (message []byte, entries int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := &a.sharing
	s.sent = max(s.sent+1, a.now().UnixMicro()) // later than the last one, or others would ignore it
	message = append(message, messageVersion)
	message = append(message, s.sender[:]...)
	message = binary.BigEndian.AppendUint64(message, uint64(s.sent))
	for e, events := range s.pending {
		if entries == mostEntries {
			select {
			case s.wake <- struct{}{}:
			default:
			}
			break
		}
		message = append(message, byte(e.bucket))
		message = binary.BigEndian.AppendUint64(message, e.key)
		message = binary.BigEndian.AppendUint16(message, uint16(int16(events)))
		delete(s.pending, e)
		entries++
	}
	return append(message, s.mac(message)...), entries
}

func (s *sharing) mac(message []byte) []byte {
	mac := hmac.New(sha256.New, s.macKey)
	mac.Write(message)
	return mac.Sum(nil)[:macSize]
}

// Receive counts what another instance has sent. It ignores messages of this instance, and those that are malformed,
// forged, older than a few minutes or repeated. It keeps nothing of the message.
func (a *Attempts) Receive(message []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := &a.sharing
	if !s.on {
		return
	}
	switch known, own := s.accept(message, a.now()); {
	case own:
		return
	case !known:
		s.counts.Ignored++
		return
	}
	s.counts.Received++
	now := a.now().Sub(a.start)
	for at := message[headerSize : len(message)-macSize]; len(at) > 0; at = at[entrySize:] {
		e := entry{bucket(at[0]), binary.BigEndian.Uint64(at[1:])}
		if e.bucket == bucketKnown {
			a.known.Add(e.key, struct{}{})
			continue
		}
		if e.bucket >= buckets { // of a newer version
			continue
		}
		events := int(int16(binary.BigEndian.Uint16(at[9:])))
		c := a.charge(e.bucket, e.key)
		c.of.addEvents(c.key, now, c.rate, min(max(events, -mostEvents), mostEvents))
	}
}

// accept checks a message. own reports whether this instance has sent it.
func (s *sharing) accept(message []byte, now time.Time) (ok, own bool) {
	if len(message) < headerSize+macSize || len(message) > MaxMessage || (len(message)-headerSize-macSize)%entrySize != 0 || message[0] != messageVersion {
		return false, false
	}
	content, mac := message[:len(message)-macSize], message[len(message)-macSize:]
	if !hmac.Equal(mac, s.mac(content)) {
		return false, false
	}
	var sender [senderSize]byte
	copy(sender[:], message[1:])
	if bytes.Equal(sender[:], s.sender[:]) {
		return false, true
	}
	sent := int64(binary.BigEndian.Uint64(message[1+senderSize:]))
	if difference := now.Sub(time.UnixMicro(sent)); max(difference, -difference) > maxClockDifference {
		return false, false
	}
	if last, seen := s.last.Get(sender); seen && sent <= last {
		return false, false // repeated
	}
	s.last.Add(sender, sent)
	return true, false
}

// Sharing returns the numbers of messages.
func (a *Attempts) Sharing() SharingCounts {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sharing.counts
}
