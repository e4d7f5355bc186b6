package auth

import (
	"hash/maphash"
	"math"
	"net/netip"
	"sync"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/network"
)

// AttemptLimit allows some attempts at once, and one more after each interval. Both are positive.
type AttemptLimit struct {
	AtOnce int
	Every  time.Duration
}

// AttemptLimits are the limits of sign-in attempts. Zero values stand for the defaults.
type AttemptLimits struct {
	// Account holds for one account, whatever addresses the attempts come from: 10 at once, one more a minute. That is
	// about 1,500 guesses a day.
	Account AttemptLimit
	// Address holds for one address, whatever accounts are tried: 100 at once, one more a second. That is enough for an
	// office behind one address, in which everybody signs in of a morning.
	Address AttemptLimit
}

// Attempts limits how often a sign-in is tried, for each account and for each address. An IPv6 address counts as its
// /64, which is what one customer of a provider has at least; addresses that are not valid count as one.
//
// It takes 4 MiB, however many names and addresses are tried, because it keeps no names: each has a level in each of a
// table's rows, at places that a hash with a secret seed picks, shared with whoever else falls there, and the lowest of
// its levels counts (a count-min sketch of leaky buckets). So nothing is ever pushed out: a flood of other names cannot
// make an account's failed attempts forgotten, as it could in a cache of limited size. It can do the opposite, have
// accounts refused that nobody tried: with the default limits that takes more than a thousand attempts a second, for
// minutes and from more than a thousand addresses. Sign-in fails closed then; far fewer fill the queue of Passwords.
//
// What remains: whoever knows a username can keep its owner from signing in, by trying wrong passwords, but does not end
// tokens that were issued. Someone with many addresses has as many attempts, at different accounts. Each instance of the
// program counts for itself, and a restart forgets.
type Attempts struct {
	now   func() time.Time
	start time.Time
	seed  maphash.Seed

	mu        sync.Mutex
	accounts  sketch
	addresses sketch
}

// NewAttempts makes an Attempts that tells the time with now.
func NewAttempts(limits AttemptLimits, now func() time.Time) *Attempts {
	return &Attempts{
		now:       now,
		start:     now(),
		seed:      maphash.MakeSeed(),
		accounts:  newSketch(limits.Account, AttemptLimit{AtOnce: 10, Every: time.Minute}),
		addresses: newSketch(limits.Address, AttemptLimit{AtOnce: 100, Every: time.Second}),
	}
}

// Take counts an attempt to sign in. An error is RATE_LIMITED and tells when the next attempt may succeed; then nothing
// was counted. The account is the username as the client gave it, whether it exists or not.
func (a *Attempts) Take(account string, address netip.Addr) error {
	name, place := a.keys(account, address)
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now().Sub(a.start)
	if wait := max(a.accounts.wait(name, now), a.addresses.wait(place, now)); wait > 0 {
		return tooMany(wait)
	}
	a.accounts.add(name, now)
	a.addresses.add(place, now)
	return nil
}

// TakeAddress is Take for an attempt that is about no account that exists, such as to register one.
func (a *Attempts) TakeAddress(address netip.Addr) error {
	_, place := a.keys("", address)
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now().Sub(a.start)
	if wait := a.addresses.wait(place, now); wait > 0 {
		return tooMany(wait)
	}
	a.addresses.add(place, now)
	return nil
}

// tooMany tells a whole number of seconds, as clients are told.
func tooMany(wait time.Duration) error {
	wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
	return apperr.Limited(wait, "too many attempts to sign in: try again in %v", wait)
}

// Succeeded gives back the attempt that Take counted, so that who signs in often is not refused. Call it once for a
// Take, when the password was right.
func (a *Attempts) Succeeded(account string, address netip.Addr) {
	name, place := a.keys(account, address)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.accounts.giveBack(name)
	a.addresses.giveBack(place)
}

func (a *Attempts) keys(account string, address netip.Addr) (name, place uint64) {
	raw, _ := network.Of(address).MarshalBinary() // never fails; empty for an invalid address
	return maphash.String(a.seed, account), maphash.Bytes(a.seed, raw)
}

// sketch has rows of levels, each indexed by 16 bits of a key. A level is the moment, in time since the start, at which
// its bucket has leaked empty; an attempt moves it by one interval (the generic cell rate algorithm).
type sketch struct {
	every  time.Duration
	atOnce int
	rows   *[4][1 << 16]time.Duration
}

func newSketch(limit, defaults AttemptLimit) sketch {
	if limit.AtOnce == 0 {
		limit.AtOnce = defaults.AtOnce
	}
	if limit.Every == 0 {
		limit.Every = defaults.Every
	}
	return sketch{every: limit.Every, atOnce: limit.AtOnce, rows: new([4][1 << 16]time.Duration)}
}

// wait is how long it takes until another attempt is allowed, at most 0 where it is.
func (s *sketch) wait(key uint64, now time.Duration) time.Duration {
	lowest := time.Duration(math.MaxInt64)
	for row := range s.rows {
		lowest = min(lowest, *s.level(row, key))
	}
	return lowest - now - time.Duration(s.atOnce-1)*s.every
}

func (s *sketch) add(key uint64, now time.Duration) {
	for row := range s.rows {
		level := s.level(row, key)
		*level = max(*level, now) + s.every
	}
}

// giveBack takes away from every level what add has added, and not to the lowest alone: a level that others share must
// not sink by it.
func (s *sketch) giveBack(key uint64) {
	for row := range s.rows {
		*s.level(row, key) -= s.every
	}
}

func (s *sketch) level(row int, key uint64) *time.Duration {
	return &s.rows[row][uint16(key>>(16*row))]
}
