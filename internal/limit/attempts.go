package limit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
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
	// Secret is at least 32 bytes that all instances of a service share, and no one else has. With it, Share and Receive
	// make them count together. Without it, each instance counts for itself.
	Secret []byte
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
// Several instances count together if they have a common Secret: see Share. Each allows its burst until it has heard of
// the others' attempts, which takes about 0.2 s; in the long run all together allow as much as one.
//
// Two limits remain: a user behind the same address as an attacker is locked out together with the attacker, and an
// instance forgets everything, including the known networks, when it restarts.
type Attempts struct {
	now    func() time.Time
	start  time.Time
	secret []byte // of the keys of buckets
	limits AttemptLimits

	mu        sync.Mutex
	accounts  sketch
	firsts    sketch
	addresses sketch
	claims    sketch
	known     *simplelru.LRU[uint64, struct{}]
	sharing   sharing
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
	a := &Attempts{
		now: now, start: now(), limits: limits, known: known,
		accounts: newSketch(), firsts: newSketch(), addresses: newSketch(), claims: newSketch(),
	}
	secret := limits.Secret
	if secret == nil {
		secret = make([]byte, sha256.Size)
		_, _ = rand.Read(secret) // never fails
	} else {
		last, err := simplelru.NewLRU[[senderSize]byte, int64](mostSenders, nil)
		if err != nil {
			panic(err) // only for a size that is not positive
		}
		a.sharing = sharing{on: true, macKey: derive(secret, "message"), pending: map[entry]int{}, wake: make(chan struct{}, 1), last: last}
		_, _ = rand.Read(a.sharing.sender[:]) // never fails
	}
	a.secret = derive(secret, "bucket")
	return a
}

// derive returns a key for one purpose.
func derive(secret []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

// Take counts an attempt to sign in. The error is RATE_LIMITED with the time until the next attempt; then nothing was
// counted. Pass the same name for all spellings of an account's username, because each name has separate attempts.
func (a *Attempts) Take(account string, address netip.Addr) (Attempt, error) {
	pair := a.key("pair", account, Network(address))
	own := a.addressed(bucketPair, "pair", account, address)
	own = append(own, a.addressed(bucketSignIn, "sign in", "", address)...)
	first := []charge{
		a.charge(bucketFirst, a.key("first", account, Site(address))),
		a.charge(bucketFirsts, a.key("firsts", account, netip.Addr{})),
	}
	shared := []charge{a.charge(bucketShared, a.key("shared", account, netip.Addr{}))}

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
	a.note(own, 1)
	return Attempt{Known: known, charges: own, pair: pair}, nil
}

// TakeAddress counts an attempt for the network only: it is about no account, and costs as much as a sign-in.
func (a *Attempts) TakeAddress(address netip.Addr) error {
	_, err := a.take(a.addressed(bucketSignIn, "sign in", "", address), "to sign in")
	return err
}

// TakeClaim counts an attempt to claim a username, email address or phone number, which must be unique. Failure
// discloses that another account has it, and success that none has. So failures are limited for the caller, which may
// be empty, to 10 at once and one more per minute, and for the network, to 100 at once and one more every 20 s. The
// limits of successful attempts are at least ten times as high. The error is that of Take.
func (a *Attempts) TakeClaim(caller string, address netip.Addr) (Attempt, error) {
	charges := a.addressed(bucketClaim, "claim", "", address)
	if caller != "" {
		charges = append(charges, a.charge(bucketClaimOfCaller, a.key("claim of", caller, netip.Addr{})))
	}
	lasting := len(charges)
	charges = append(charges, a.addressed(bucketConflict, "conflict", "", address)...)
	if caller != "" {
		charges = append(charges, a.charge(bucketConflictOfCaller, a.key("conflict of", caller, netip.Addr{})))
	}
	attempt, err := a.take(charges, "to set a username, an email address or a phone number")
	attempt.lasting = lasting
	return attempt, err
}

// TakeRegistration counts a new account. Release it if none was created. The error is that of Take.
func (a *Attempts) TakeRegistration(address netip.Addr) (Attempt, error) {
	charges := a.addressed(bucketRegistration, "register", "", address)
	attempt, err := a.take(charges, "to create an account from this network")
	attempt.lasting = len(charges)
	return attempt, err
}

// Succeeded returns the charges that only failures keep. After a sign-in, the network is known to the account.
func (a *Attempts) Succeeded(attempt Attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refund(attempt.charges[attempt.lasting:])
	if attempt.pair != 0 {
		if !a.known.Contains(attempt.pair) {
			a.sharing.note(entry{bucketKnown, attempt.pair}, 1)
		}
		a.known.Add(attempt.pair, struct{}{})
	}
}

// Release returns all charges of an attempt that had no effect and disclosed nothing.
func (a *Attempts) Release(attempt Attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refund(attempt.charges)
}

// refund takes charges back. The caller holds mu.
func (a *Attempts) refund(charges []charge) {
	refund(charges)
	a.note(charges, -1)
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
	a.note(charges, 1)
	return Attempt{charges: charges}, nil
}

// addressed returns the charges for an address: to its network, and to its site if that differs.
func (a *Attempts) addressed(of bucket, kind, name string, address netip.Addr) []charge {
	network := Network(address)
	charges := make([]charge, 1, 6) // room for the charges that callers add
	charges[0] = a.charge(of, a.key(kind, name, network))
	if network.Is6() {
		charges = append(charges, a.charge(of.ofSite(), a.key(kind+" of site", name, Site(address))))
	}
	return charges
}

// key returns the key of a bucket, which is never 0.
func (a *Attempts) key(kind, name string, address netip.Addr) uint64 {
	hash := hmac.New(sha256.New, a.secret)
	bits := address.As16() // zeros for the zero address
	hash.Write(bits[:])
	hash.Write([]byte(kind))
	hash.Write([]byte{0})
	hash.Write([]byte(name))
	return max(1, binary.BigEndian.Uint64(hash.Sum(nil)))
}

// tooMany rounds the wait up to whole seconds, as the header Retry-After does.
func tooMany(wait time.Duration, what string) error {
	wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
	return apperr.Limited(wait, "too many attempts %s: try again in %v", what, wait)
}
