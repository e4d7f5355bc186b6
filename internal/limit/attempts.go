package limit

import (
	"hash/maphash"
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"followgraph/internal/apperr"
)

// Rate allows some attempts at once, and one more after each interval. Both are positive.
type Rate struct {
	AtOnce int
	Every  time.Duration
}

// times returns a limit of n times as many attempts at once, and n times as many in any time.
func (l Rate) times(n int) Rate {
	return Rate{AtOnce: l.AtOnce * n, Every: max(1, l.Every/time.Duration(n))}
}

// AttemptLimits are the limits of attempts. Zero values stand for the defaults.
type AttemptLimits struct {
	// Account holds for sign-ins to one account from one network: 10 at once, one more a minute. The limits for one
	// account from all networks follow from it, see Attempts.
	Account Rate
	// Address holds for one network, whichever accounts are tried: 100 at once, one more a second. That is enough for an
	// office behind one address in which everybody signs in at nine.
	Address Rate
	// Registrations holds for accounts made from one network: 100 at once, and 100 in an hour.
	Registrations Rate
}

// The limits that are not configurable.
const (
	// siteAttempts is how many networks' attempts a site has (Site).
	siteAttempts = 4
	// sharedShare is how many attempts at once strangers have together for one account, in multiples of Account. They
	// have no more than one network in the long run.
	sharedShare = 10
	// firstShare is how many first tries at once an account takes from strangers, in multiples of Account.
	firstShare = 100
	// maxKnown bounds the pairs of account and network that are remembered, about 100 bytes each.
	maxKnown = 100_000
)

var (
	// firstTries are what one site has for an account before it takes from what strangers share.
	firstTries = Rate{AtOnce: 3, Every: time.Hour}

	conflictsOfCaller  = Rate{AtOnce: 10, Every: time.Minute}
	conflictsOfNetwork = Rate{AtOnce: 100, Every: 20 * time.Second}
	claimsOfCaller     = Rate{AtOnce: 100, Every: 10 * time.Second}
	claimsOfNetwork    = Rate{AtOnce: 1000, Every: time.Second}
)

// Attempts limits how often a caller may try what tells something by its failure: passwords, and names that another
// account may have. It counts networks (Network), and sites (Site) with four times the limit. It is safe for
// concurrent use.
//
// A sign-in is counted for the account and the network together, and for the network. So an attacker uses up the
// attempts of its own network and of no other. What all networks together may try on one account is bounded too:
//
//   - A network that has signed in to the account has no further limit: it is known.
//   - A stranger has three first tries, and one more an hour. An account takes 1,000 of them at once, and one more
//     every 10 s.
//   - Beyond these, all strangers share 100 at once, and one more a minute.
//
// With the default limits these are the most guesses at one account in a day: 1,450 from one network; 1,540 and 27 for
// each from several; never more than 11,180 from any number of strangers. To keep its owner out of a network that never
// signed in takes an attack from 360 networks, and no attack from other networks keeps the owner out of a known one.
//
// Attempts takes 8 MiB, and 10 MiB for the known networks at most, however many names and addresses are tried, because
// it keeps no names: each has a level in each of a table's rows, at places that a hash with a secret seed picks, shared
// with others that fall there, and the lowest of its levels counts (a count-min sketch of leaky buckets). So nothing is
// ever pushed out: a flood of other names cannot make an account's failed attempts forgotten, as it could in a cache of
// limited size. It can do the opposite, and refuse accounts that were never tried: with the default limits that takes
// about 500 failed sign-ins a second for minutes, each of which costs a hash. Sign-in fails closed then. The first tries
// are used up before, at 18 a second for hours; then strangers have what they share.
//
// What remains: a user behind the same address as an attacker is kept out with the attacker. Each instance of the program
// counts for itself, and a restart forgets, the known networks too.
type Attempts struct {
	now    func() time.Time
	start  time.Time
	seed   maphash.Seed
	limits AttemptLimits

	mu        sync.Mutex
	accounts  sketch
	firsts    sketch
	addresses sketch
	claims    sketch
	known     *simplelru.LRU[uint64, struct{}]
}

// Attempt is what one attempt was charged. Pass it to Succeeded or Release, once at most.
type Attempt struct {
	// Known reports whether the network has signed in to the account before.
	Known bool

	charges []charge
	lasting int    // the first so many are kept when it succeeds
	pair    uint64 // of account and network, 0 where there is none
}

// charge is one bucket that an attempt takes from.
type charge struct {
	of    *sketch
	key   uint64
	limit Rate
}

// NewAttempts makes an Attempts that tells the time with now.
func NewAttempts(limits AttemptLimits, now func() time.Time) *Attempts {
	known, err := simplelru.NewLRU[uint64, struct{}](maxKnown, nil)
	if err != nil {
		panic(err) // for a size that is not positive only
	}
	limits.Account = limits.Account.or(Rate{AtOnce: 10, Every: time.Minute})
	limits.Address = limits.Address.or(Rate{AtOnce: 100, Every: time.Second})
	limits.Registrations = limits.Registrations.or(Rate{AtOnce: 100, Every: time.Hour / 100})
	return &Attempts{
		now: now, start: now(), seed: maphash.MakeSeed(), limits: limits, known: known,
		accounts: newSketch(), firsts: newSketch(), addresses: newSketch(), claims: newSketch(),
	}
}

func (l Rate) or(defaults Rate) Rate {
	if l.AtOnce == 0 {
		l.AtOnce = defaults.AtOnce
	}
	if l.Every == 0 {
		l.Every = defaults.Every
	}
	return l
}

// Take counts an attempt to sign in. An error is RATE_LIMITED and tells when the next attempt may succeed; then nothing
// was counted. Pass one name for one account, whatever form of its username the client gave: each name has attempts of
// its own.
func (a *Attempts) Take(account string, address netip.Addr) (Attempt, error) {
	pair := a.key("pair", account, Network(address))
	own := a.addressed(&a.accounts, "pair", account, address, a.limits.Account)
	own = append(own, a.addressed(&a.addresses, "sign in", "", address, a.limits.Address)...)
	first := []charge{
		{&a.firsts, a.key("first", account, Site(address)), firstTries},
		{&a.accounts, a.key("firsts", account, netip.Addr{}), Rate{
			AtOnce: a.limits.Account.AtOnce * firstShare, Every: max(1, a.limits.Account.Every/6),
		}},
	}
	shared := []charge{{&a.accounts, a.key("shared", account, netip.Addr{}), Rate{
		AtOnce: a.limits.Account.AtOnce * sharedShare, Every: a.limits.Account.Every,
	}}}

	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now().Sub(a.start)
	wait := waits(own, now)
	_, known := a.known.Get(pair)
	if !known {
		waitFirst, waitShared := waits(first, now), waits(shared, now)
		if waitFirst <= 0 {
			own = append(own, first...)
		} else {
			own = append(own, shared...)
			wait = max(wait, min(waitFirst, waitShared))
		}
	}
	if wait > 0 {
		return Attempt{}, tooMany(wait, "to sign in")
	}
	add(own, now)
	return Attempt{Known: known, charges: own, pair: pair}, nil
}

// TakeAddress is Take for an attempt that is about no account, and costs as much as a sign-in. It is never given back.
func (a *Attempts) TakeAddress(address netip.Addr) error {
	_, err := a.take(a.addressed(&a.addresses, "sign in", "", address, a.limits.Address), "to sign in")
	return err
}

// TakeClaim counts an attempt to take a username, email address or phone number that must be one account's. Its failure
// tells that another account has it, and its success that none has. So the failures are limited for the caller, who may
// be empty, and for the network: 10 at once and one more a minute, 100 at once and one more every 20 s. Attempts that
// succeed are limited ten times as loosely and more. An error is as Take's.
func (a *Attempts) TakeClaim(caller string, address netip.Addr) (Attempt, error) {
	charges := a.addressed(&a.claims, "claim", "", address, claimsOfNetwork)
	if caller != "" {
		charges = append(charges, charge{&a.claims, a.key("claim of", caller, netip.Addr{}), claimsOfCaller})
	}
	lasting := len(charges)
	charges = append(charges, a.addressed(&a.claims, "conflict", "", address, conflictsOfNetwork)...)
	if caller != "" {
		charges = append(charges, charge{&a.claims, a.key("conflict of", caller, netip.Addr{}), conflictsOfCaller})
	}
	attempt, err := a.take(charges, "to set a username, an email address or a phone number")
	attempt.lasting = lasting
	return attempt, err
}

// TakeRegistration counts an account that is about to be made. Give it back where none was. An error is as Take's.
func (a *Attempts) TakeRegistration(address netip.Addr) (Attempt, error) {
	charges := a.addressed(&a.claims, "register", "", address, a.limits.Registrations)
	attempt, err := a.take(charges, "to create an account from this network")
	attempt.lasting = len(charges)
	return attempt, err
}

// Succeeded gives back what only failures cost. After a sign-in, the network is known to the account.
func (a *Attempts) Succeeded(attempt Attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	giveBack(attempt.charges[attempt.lasting:])
	if attempt.pair != 0 {
		a.known.Add(attempt.pair, struct{}{})
	}
}

// Release is for an attempt of which nothing came: nothing was told, and nothing was done.
func (a *Attempts) Release(attempt Attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	giveBack(attempt.charges)
}

// take takes from all buckets or from none.
func (a *Attempts) take(charges []charge, what string) (Attempt, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now().Sub(a.start)
	if wait := waits(charges, now); wait > 0 {
		return Attempt{}, tooMany(wait, what)
	}
	add(charges, now)
	return Attempt{charges: charges}, nil
}

// addressed are the charges of a name for an address: of its network, and of its site where that is another one.
func (a *Attempts) addressed(of *sketch, kind, name string, address netip.Addr, limit Rate) []charge {
	place, site := Network(address), Site(address)
	charges := make([]charge, 1, 6) // room for what a caller adds
	charges[0] = charge{of, a.key(kind, name, place), limit}
	if place.Is6() {
		charges = append(charges, charge{of, a.key(kind+" of site", name, site), limit.times(siteAttempts)})
	}
	return charges
}

// key is never 0.
func (a *Attempts) key(kind, name string, address netip.Addr) uint64 {
	var hash maphash.Hash
	hash.SetSeed(a.seed)
	bits := address.As16() // zeroes for the zero address
	_, _ = hash.Write(bits[:])
	_, _ = hash.WriteString(kind)
	_ = hash.WriteByte(0)
	_, _ = hash.WriteString(name)
	return max(1, hash.Sum64())
}

// tooMany tells a whole number of seconds, as clients are told.
func tooMany(wait time.Duration, what string) error {
	wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
	return apperr.Limited(wait, "too many attempts %s: try again in %v", what, wait)
}

// waits is how long it takes until all buckets allow another attempt, at most 0 where they do.
func waits(charges []charge, now time.Duration) time.Duration {
	longest := time.Duration(math.MinInt64)
	for _, c := range charges {
		longest = max(longest, c.of.lowest(c.key)-now-time.Duration(c.limit.AtOnce-1)*c.limit.Every)
	}
	return longest
}

func add(charges []charge, now time.Duration) {
	for _, c := range charges {
		c.of.add(c.key, now, c.limit.Every)
	}
}

func giveBack(charges []charge) {
	for _, c := range charges {
		c.of.giveBack(c.key, c.limit.Every)
	}
}

// sketch has rows of levels, each indexed by 16 bits of a key. A level is the moment, in time since the start, at which
// its bucket has leaked empty; an attempt moves it by one interval (the generic cell rate algorithm). It takes 2 MiB.
type sketch struct{ rows *[4][1 << 16]time.Duration }

func newSketch() sketch { return sketch{new([4][1 << 16]time.Duration)} }

func (s *sketch) lowest(key uint64) time.Duration {
	lowest := time.Duration(math.MaxInt64)
	for row := range s.rows {
		lowest = min(lowest, *s.level(row, key))
	}
	return lowest
}

func (s *sketch) add(key uint64, now, every time.Duration) {
	for row := range s.rows {
		level := s.level(row, key)
		*level = max(*level, now) + every
	}
}

// giveBack takes away from every level what add has added, and not from the lowest alone: a level that others share must
// not sink by it.
func (s *sketch) giveBack(key uint64, every time.Duration) {
	for row := range s.rows {
		*s.level(row, key) -= every
	}
}

func (s *sketch) level(row int, key uint64) *time.Duration {
	return &s.rows[row][uint16(key>>(16*row))]
}
