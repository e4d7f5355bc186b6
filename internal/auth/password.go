package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"

	"followgraph/internal/apperr"
	"followgraph/internal/limit"
)

// Limits of a new password, in bytes. bcrypt reads 72 bytes and ignores the rest, so a longer password would be no
// stronger. The Python service accepted longer ones: see Match.Cut.
const (
	MinPassword = 8
	MaxPassword = 72
)

// Limits of PasswordOptions.Cost. Each increment doubles the time of a hash: a cost of 12 takes about a quarter of a
// second, 20 takes a minute.
const (
	MinCost     = bcrypt.MinCost // 4
	MaxCost     = 20
	DefaultCost = 12
)

// defaultQueue is large enough for one caller from each of many networks, so that a few networks cannot fill it.
const defaultQueue = 256

// Origin is where a password comes from.
type Origin struct {
	Address netip.Addr
	Known   bool // whether the caller's network has signed in to the account before, or the caller has signed in now
}

// PasswordOptions limits the cost of hashing. Zero values select the defaults.
type PasswordOptions struct {
	// Cost is bcrypt's: MinCost to MaxCost; 0 means DefaultCost.
	Cost int
	// Concurrency is the maximum number of concurrent hashes; the default is half of the processors, and at least one.
	// Each hash occupies a processor of the Go scheduler, so a hash on every processor would leave none for reads.
	Concurrency int
	// Queue is the maximum number of waiting callers; 0 means 256. If more arrive, one waiting caller of the network
	// with the most running and waiting callers is rejected.
	Queue int
}

// Passwords hashes and compares passwords with bcrypt. It limits the number of concurrent hashes, so that a burst of
// sign-ins does not starve reads. Known callers are served first, then callers of the network with the fewest recent
// turns, so that a flood of sign-ins does not lock out users of other networks. It is safe for concurrent use.
//
// A thread with low priority for each hash was measured and does not help. While such a thread waits for the kernel, it
// holds a processor of the Go scheduler, and every stop-the-world pause of the garbage collector waits for the thread.
// On a busy machine this made the slowest reads several times slower.
type Passwords struct {
	cost  int
	turns *limit.Turns

	// Tests replace these to count calls.
	hash    func(password []byte, cost int) ([]byte, error)
	compare func(hash, password []byte) error
}

// Match is the result of comparing a password with a hash.
type Match struct {
	OK bool
	// Outdated reports that the password is right but its hash is cheaper than a new one: hash it again and store the
	// result. It is never set for a hash of higher cost.
	Outdated bool
	// Cut reports that the password is right as far as bcrypt reads it, and has more than MaxPassword bytes. The Python
	// service hashed such passwords. Their users can still sign in, and should be asked for a new password.
	Cut bool
}

// NewPasswords returns an error that names an option outside its limits.
func NewPasswords(opts PasswordOptions) (*Passwords, error) {
	opts = opts.withDefaults()
	switch {
	case opts.Cost < MinCost || opts.Cost > MaxCost:
		return nil, fmt.Errorf("the cost of a password hash must be between %d and %d, not %d", MinCost, MaxCost, opts.Cost)
	case opts.Concurrency < 0:
		return nil, fmt.Errorf("at least 1 password must be hashed at once, not %d", opts.Concurrency)
	case opts.Queue < 0:
		return nil, fmt.Errorf("at least 1 password must be allowed to wait, not %d", opts.Queue)
	}
	return &Passwords{
		cost:    opts.Cost,
		turns:   limit.NewTurns(opts.Concurrency, opts.Queue, time.Now),
		hash:    bcrypt.GenerateFromPassword,
		compare: bcrypt.CompareHashAndPassword,
	}, nil
}

func (opts PasswordOptions) withDefaults() PasswordOptions {
	opts.Cost = cmp.Or(opts.Cost, DefaultCost)
	opts.Concurrency = cmp.Or(opts.Concurrency, max(1, runtime.GOMAXPROCS(0)/2))
	opts.Queue = cmp.Or(opts.Queue, defaultQueue)
	return opts
}

// CheckPassword validates a new password: MinPassword to MaxPassword bytes of UTF-8 without NUL. Other implementations
// of bcrypt stop at a NUL. Its error is BAD_USER_INPUT and names field.
func CheckPassword(field, password string) error {
	switch {
	case len(password) < MinPassword || len(password) > MaxPassword:
		return apperr.Input(field, "%s must have %d to %d bytes; a character outside ASCII has 2 to 4 bytes", field, MinPassword, MaxPassword)
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return apperr.Input(field, "%s must be valid UTF-8 without NUL characters", field)
	}
	return nil
}

// Cut returns the bytes of a password that bcrypt reads: the first MaxPassword bytes, which may end within a character.
func Cut(password string) string { return password[:min(len(password), MaxPassword)] }

// Hash returns a password's hash. It rejects only what bcrypt would truncate. Use CheckPassword for new passwords. Hash
// does not apply its rules, because it also rehashes passwords that the previous service accepted, after Cut.
//
// It waits for its turn among the callers of all networks. The error is RATE_LIMITED if too many wait, and ctx's error
// if ctx ends first. A running hash cannot be stopped.
func (p *Passwords) Hash(ctx context.Context, origin Origin, password string) (string, error) {
	if len(password) > MaxPassword || hasNUL(password) {
		return "", fmt.Errorf("a password must have at most %d bytes and no NUL", MaxPassword)
	}
	var hash []byte
	var err error
	from, waitErr := p.inTurn(ctx, origin, func() { hash, err = p.hash([]byte(password), p.cost) })
	if waitErr != nil {
		return "", waitErr
	}
	if origin.Known {
		p.turns.Forgive(from)
	}
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return string(hash), nil
}

// Check compares a password with a hash; it waits as Hash does. Pass an empty hash for a username that does not exist.
// An error means that nothing was compared.
//
// Only the first MaxPassword bytes of a password count. This applies to every hash, because a hash does not show which
// service created it. This service never hashes a longer password, so its own hashes are not weakened. A password with
// a NUL matches no hash, because other implementations of bcrypt stop at a NUL.
//
// A mismatch takes the time of one comparison at the configured cost, so the time does not reveal whether an account
// exists. This includes a comparison with an unusable hash. A hash is unusable if it is empty, of another kind, or of a
// cost above MaxCost, which can take hours. A comparison with a cheaper hash is padded to the configured cost. Two
// differences remain: a hash of higher cost, created before the cost was lowered, takes longer; and a correct password
// takes only the time of its own hash.
func (p *Passwords) Check(ctx context.Context, origin Origin, hash, password string) (Match, error) {
	var match Match
	from, err := p.inTurn(ctx, origin, func() { match = p.match([]byte(hash), password) })
	if match.OK {
		p.turns.Forgive(from)
	}
	return match, err
}

func (p *Passwords) match(hash []byte, password string) Match {
	// A password that cannot match is compared anyway, so that it takes the same time.
	usable := !hasNUL(password)
	pass := []byte(Cut(password))

	cost, err := bcrypt.Cost(hash)
	if err != nil || cost > MaxCost {
		_ = p.compare(unmatchableHash(p.cost), pass)
		return Match{}
	}
	err = p.compare(hash, pass)
	switch {
	case err == nil && usable:
		return Match{OK: true, Outdated: cost < p.cost, Cut: len(password) > MaxPassword}
	case err == nil || errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		// Of 2^p.cost rounds 2^cost are done; 2^cost + 2^(cost+1) + … + 2^(p.cost-1) are left.
		for ; cost < p.cost; cost++ {
			_ = p.compare(unmatchableHash(cost), pass)
		}
	default: // it begins like a hash but is malformed
		_ = p.compare(unmatchableHash(p.cost), pass)
	}
	return Match{}
}

// unmatchableHash returns a hash without a known password: its salt and its digest are zero.
func unmatchableHash(cost int) []byte {
	return fmt.Appendf(nil, "$2a$%02d$%s", cost, strings.Repeat(".", 22+31))
}

func hasNUL(password string) bool { return strings.IndexByte(password, 0) >= 0 }

// inTurn waits for the turn of the caller's network and then runs work.
func (p *Passwords) inTurn(ctx context.Context, origin Origin, work func()) (limit.Payer, error) {
	from, err := p.turns.Take(ctx, origin.Address, origin.Known)
	if err != nil {
		return limit.Payer{}, err
	}
	defer p.turns.Done()
	work()
	return from, nil
}

// PasswordLoad is the current load of a Passwords.
type PasswordLoad struct {
	Hashing int   // passwords being hashed or compared
	Waiting int   // passwords waiting for their turn
	Refused int64 // passwords rejected since the start because too many waited, or for too long
}

// Load returns the current load.
func (p *Passwords) Load() PasswordLoad {
	hashing, waiting, refused := p.turns.Load()
	return PasswordLoad{Hashing: hashing, Waiting: waiting, Refused: int64(refused)}
}
