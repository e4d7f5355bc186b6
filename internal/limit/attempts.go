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

// AttemptLimits configure Attempts. A zero value means the default.
type AttemptLimits struct {
	// Account limits sign-ins to one account from one network: 10 at once, and one more per minute. The limits for one
	// account from all networks follow from it, see Attempts.
	Account Rate
	// Address limits sign-ins to any accounts from one network: 100 at once, and one more per second. That is enough
	// for an office behind one address where all users sign in at nine.
	Address Rate
	// Registrations limits new accounts from one network: 100 at once, and 100 per hour.
	Registrations Rate
}

// Limits that are not configurable.
const (
	// siteAttempts is how many times the limit of a network a site has.
	siteAttempts = 4
	// sharedShare is how many attempts at once all unknown networks share for one account, in multiples of Account. In
	// the long run they have as many as one network.
	sharedShare = 10
	// firstShare is how many first tries at once an account allows unknown networks, in multiples of Account.
	firstShare = 100
	// maxKnown limits the pairs of account and network that are remembered, about 100 bytes each.
	maxKnown = 100_000
)

var (
	// firstTries are the tries of one site at an account before it uses those that unknown networks share.
	firstTries = Rate{AtOnce: 3, Every: time.Hour}

	conflictsOfCaller  = Rate{AtOnce: 10, Every: time.Minute}
	conflictsOfNetwork = Rate{AtOnce: 100, Every: 20 * time.Second}
	claimsOfCaller     = Rate{AtOnce: 100, Every: 10 * time.Second}
	claimsOfNetwork    = Rate{AtOnce: 1000, Every: time.Second}
)

// Attempts limits actions whose failure discloses something: sign-ins, and claims of names that another account may
// have. It counts per network (Network), and per site (Site) with four times the limit. It is safe for concurrent use.
//
// A sign-in counts for the pair of account and network, and for the network. So an attacker uses up only the attempts
// of its own network. The attempts of all networks together on one account are limited too:
//
//   - A network that has signed in to the account before is known, and has no further limit.
//   - An unknown network has three first tries, and one more per hour. An account allows 1,000 first tries at once, and
//     one more every 10 s.
//   - Beyond these, all unknown networks share 100 attempts at once, and one more per minute.
//
// With the default limits, the most guesses at one account per day are: 1,450 from one network; 1,540 and 27 for each
// network from several; never more than 11,180 from any number of unknown networks. Locking its owner out of a network
// that never signed in takes an attack from 360 networks. No attack from other networks locks the owner out of a known
// network.
//
// Attempts uses 8 MiB, and at most 10 MiB for the known networks, for any number of names and addresses. It stores no
// names: the levels of all buckets share the cells of a sketch, and a hash with a secret seed selects the cells. So
// there is no eviction, and a flood of other names cannot make it forget the failed attempts on an account, as it could
// with a cache of limited size. A flood can do the opposite, and get accounts refused that were never tried: with the
// default limits that takes about 500 failed sign-ins per second for minutes, each of which costs a hash. Sign-in fails
// closed then. The first tries are used up before, at 18 per second for hours; then unknown networks have only the
// attempts that they share.
//
// Two limits remain: a user behind the same address as an attacker is locked out together with the attacker, and each
// instance of the program counts separately and forgets everything, including the known networks, when it restarts.
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

// Attempt is one attempt with its charges. Pass it to Succeeded or Release at most once.
type Attempt struct {
	// Known reports whether the network has signed in to the account before.
	Known bool

	charges []charge
	lasting int    // how many of the charges, from the first, remain after success
	pair    uint64 // key of account and network; 0 for none
}

// NewAttempts returns an Attempts that reads the time from now.
func NewAttempts(limits AttemptLimits, now func() time.Time) *Attempts {
	known, err := simplelru.NewLRU[uint64, struct{}](maxKnown, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	limits.Account = limits.Account.or(Rate{AtOnce: 10, Every: time.Minute})
	limits.Address = limits.Address.or(Rate{AtOnce: 100, Every: time.Second})
	limits.Registrations = limits.Registrations.or(Rate{AtOnce: 100, Every: time.Hour / 100})
	return &Attempts{
		now: now, start: now(), seed: maphash.MakeSeed(), limits: limits, known: known,
		accounts: newSketch(), firsts: newSketch(), addresses: newSketch(), claims: newSketch(),
	}
}

// Take counts an attempt to sign in. The error is RATE_LIMITED with the time until the next attempt; then nothing was
// counted. Pass the same name for all spellings of an account's username, because each name has separate attempts.
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
	wait := longestWait(own, now)
	_, known := a.known.Get(pair)
	if !known {
		waitFirst, waitShared := longestWait(first, now), longestWait(shared, now)
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

// TakeAddress counts an attempt for the network only: it is about no account, and costs as much as a sign-in.
func (a *Attempts) TakeAddress(address netip.Addr) error {
	_, err := a.take(a.addressed(&a.addresses, "sign in", "", address, a.limits.Address), "to sign in")
	return err
}

// TakeClaim counts an attempt to claim a username, email address or phone number, which must be unique. Failure
// discloses that another account has it, and success that none has. So failures are limited for the caller, which may
// be empty, to 10 at once and one more per minute, and for the network, to 100 at once and one more every 20 s. The
// limits of successful attempts are at least ten times as high. The error is that of Take.
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

// TakeRegistration counts a new account. Release it if none was created. The error is that of Take.
func (a *Attempts) TakeRegistration(address netip.Addr) (Attempt, error) {
	charges := a.addressed(&a.claims, "register", "", address, a.limits.Registrations)
	attempt, err := a.take(charges, "to create an account from this network")
	attempt.lasting = len(charges)
	return attempt, err
}

// Succeeded returns the charges that only failures keep. After a sign-in, the network is known to the account.
func (a *Attempts) Succeeded(attempt Attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	refund(attempt.charges[attempt.lasting:])
	if attempt.pair != 0 {
		a.known.Add(attempt.pair, struct{}{})
	}
}

// Release returns all charges of an attempt that had no effect and disclosed nothing.
func (a *Attempts) Release(attempt Attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	refund(attempt.charges)
}

// take charges all buckets, or none.
func (a *Attempts) take(charges []charge, what string) (Attempt, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now().Sub(a.start)
	if wait := longestWait(charges, now); wait > 0 {
		return Attempt{}, tooMany(wait, what)
	}
	add(charges, now)
	return Attempt{charges: charges}, nil
}

// addressed returns the charges for an address: to its network, and to its site if that differs.
func (a *Attempts) addressed(of *sketch, kind, name string, address netip.Addr, rate Rate) []charge {
	network := Network(address)
	charges := make([]charge, 1, 6) // room for the charges that callers add
	charges[0] = charge{of, a.key(kind, name, network), rate}
	if network.Is6() {
		charges = append(charges, charge{of, a.key(kind+" of site", name, Site(address)), rate.times(siteAttempts)})
	}
	return charges
}

// key returns the key of a bucket, which is never 0.
func (a *Attempts) key(kind, name string, address netip.Addr) uint64 {
	var hash maphash.Hash
	hash.SetSeed(a.seed)
	bits := address.As16() // zeros for the zero address
	_, _ = hash.Write(bits[:])
	_, _ = hash.WriteString(kind)
	_ = hash.WriteByte(0)
	_, _ = hash.WriteString(name)
	return max(1, hash.Sum64())
}

// tooMany rounds the wait up to whole seconds, as the header Retry-After does.
func tooMany(wait time.Duration, what string) error {
	wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
	return apperr.Limited(wait, "too many attempts %s: try again in %v", what, wait)
}
