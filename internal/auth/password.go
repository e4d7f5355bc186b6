package auth

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"

	"followgraph/internal/apperr"
)

// Limits of a new password, in bytes. bcrypt reads 72 of them and ignores the rest, so a longer one would promise more than
// it holds. The Python service took longer ones: see Match.Cut.
const (
	MinPassword = 8
	MaxPassword = 72
)

// Limits of PasswordOptions.Cost. One more doubles the time of a hash: 12 takes about a quarter of a second, 20 a
// minute.
const (
	MinCost     = bcrypt.MinCost // 4
	MaxCost     = 20
	DefaultCost = 12
)

// defaultQueue lets one caller of each of many networks wait, so that a few networks cannot fill it.
const defaultQueue = 256

// PasswordOptions say what hashing may cost. Zero values stand for the defaults.
type PasswordOptions struct {
	// Cost is bcrypt's: MinCost to MaxCost, DefaultCost where it is 0.
	Cost int
	// Concurrency is how many hashes are computed at once; the default is half of the processors, and at least one.
	// Each one occupies a processor of the Go scheduler, so that as many as there are would leave none to reads.
	Concurrency int
	// Queue is how many callers may wait for their turn, 256 where it is 0. Where more come, the network with the most
	// turns and waiters is refused one.
	Queue int
}

// Passwords hashes and compares passwords with bcrypt, a few at a time, so that a burst of sign-ins starves no reads. Its
// turns go to known callers, and then to the network that had the fewest lately, so that a flood of sign-ins does not keep
// out users of other networks. It is safe for concurrent use.
//
// A thread of low priority for each hash was measured and is no help: while the kernel keeps such a thread waiting, it
// holds a processor of the Go scheduler, and every stop of the world for garbage collection waits with it. On a busy
// machine that made the slowest reads several times slower.
type Passwords struct {
	cost  int
	turns *turns

	// What tests count.
	hash    func(password []byte, cost int) ([]byte, error)
	compare func(hash, password []byte) error
}

// Match is what came of comparing a password with a hash.
type Match struct {
	OK bool
	// Outdated tells that the password is right and its hash cheaper than one made now: hash it again and store that.
	// It is never set for a hash of higher cost.
	Outdated bool
	// Cut tells that the password is right as far as bcrypt reads it, and has more than MaxPassword bytes. The Python
	// service hashed such passwords; its users go on with them, and should be asked for a new one.
	Cut bool
}

// NewPasswords returns an error that names the option out of bounds.
func NewPasswords(opts PasswordOptions) (*Passwords, error) {
	if opts.Cost == 0 {
		opts.Cost = DefaultCost
	}
	if opts.Concurrency == 0 {
		opts.Concurrency = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if opts.Queue == 0 {
		opts.Queue = defaultQueue
	}
	switch {
	case opts.Cost < MinCost || opts.Cost > MaxCost:
		return nil, fmt.Errorf("the cost of a password hash is %d to %d, not %d", MinCost, MaxCost, opts.Cost)
	case opts.Concurrency < 0:
		return nil, fmt.Errorf("at least 1 password is hashed at once, not %d", opts.Concurrency)
	case opts.Queue < 0:
		return nil, fmt.Errorf("at least 1 password may wait to be hashed, not %d", opts.Queue)
	}
	return &Passwords{
		cost:    opts.Cost,
		turns:   newTurns(opts.Concurrency, opts.Queue, time.Now),
		hash:    bcrypt.GenerateFromPassword,
		compare: bcrypt.CompareHashAndPassword,
	}, nil
}

// CheckPassword is the rule for a new password: MinPassword to MaxPassword bytes of UTF-8 without NUL, where other
// implementations of bcrypt end it. Its error is BAD_USER_INPUT and names field.
func CheckPassword(field, password string) error {
	switch {
	case len(password) < MinPassword || len(password) > MaxPassword:
		return apperr.Input(field, "a password has %d to %d bytes; a letter beyond ASCII counts as 2 to 4", MinPassword, MaxPassword)
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return apperr.Input(field, "a password is valid UTF-8 without NUL")
	}
	return nil
}

// Cut returns the bytes of a password that bcrypt reads: the first MaxPassword ones, which may end within a character.
func Cut(password string) string { return password[:min(len(password), MaxPassword)] }

// Hash makes a password's hash. It refuses what bcrypt would cut short, and no other password: CheckPassword is for
// new ones, while an older service may have accepted one that is hashed again here. Pass such a one through Cut.
//
// It waits for its turn among the callers of all networks: RATE_LIMITED where too many wait, and ctx's error where ctx
// ends first. A hash that is being computed cannot be stopped.
func (p *Passwords) Hash(ctx context.Context, origin Origin, password string) (string, error) {
	if len(password) > MaxPassword || hasNUL(password) {
		return "", fmt.Errorf("a password has at most %d bytes, none of them NUL", MaxPassword)
	}
	var hash []byte
	var err error
	from, waitErr := p.inTurn(ctx, origin, func() { hash, err = p.hash([]byte(password), p.cost) })
	if waitErr != nil {
		return "", waitErr
	}
	if origin.Known {
		p.turns.forgive(from)
	}
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return string(hash), nil
}

// Check compares a password with a hash; it waits as Hash does. Pass an empty hash for a username that does not exist. An
// error means that nothing was compared.
//
// Only the first MaxPassword bytes count, whatever made the hash: nothing in a hash tells which service did, and this one
// never hashes a longer password, so that its own hashes have nothing to lose. A password with a NUL matches nothing,
// because other implementations of bcrypt end it there.
//
// A password that does not match takes as long as any other, so that the time does not tell whether there is an
// account: a hash that is none (empty, of another kind, or of a cost above MaxCost, which would take hours) costs one
// comparison at the configured cost, and a comparison with a cheaper hash is filled up to that. Two differences remain.
// A hash of higher cost, made before the cost was lowered, takes longer. And a password that is right takes only as
// long as its hash.
func (p *Passwords) Check(ctx context.Context, origin Origin, hash, password string) (Match, error) {
	var match Match
	from, err := p.inTurn(ctx, origin, func() { match = p.match([]byte(hash), password) })
	if match.OK {
		p.turns.forgive(from)
	}
	return match, err
}

func (p *Passwords) match(hash []byte, password string) Match {
	// What cannot match is compared all the same, for the time that it takes.
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
	default: // it begins like a hash and goes on otherwise
		_ = p.compare(unmatchableHash(p.cost), pass)
	}
	return Match{}
}

// nothing is a hash that no password is known for: its salt and its digest are zero.
func unmatchableHash(cost int) []byte {
	return fmt.Appendf(nil, "$2a$%02d$%s", cost, strings.Repeat(".", 22+31))
}

func hasNUL(password string) bool { return strings.IndexByte(password, 0) >= 0 }

// inTurn runs work when it is the turn of the caller's network, and returns when it is done.
func (p *Passwords) inTurn(ctx context.Context, origin Origin, work func()) (payer, error) {
	from, err := p.turns.take(ctx, origin)
	if err != nil {
		return payer{}, err
	}
	defer p.turns.done()
	work()
	return from, nil
}

// PasswordLoad is how busy a Passwords is.
type PasswordLoad struct {
	Hashing int   // passwords that are being hashed or compared
	Waiting int   // those that wait for their turn
	Refused int64 // those that were ever refused because too many waited, or for too long
}

// Load tells how busy it is.
func (p *Passwords) Load() PasswordLoad {
	hashing, waiting, refused := p.turns.load()
	return PasswordLoad{Hashing: hashing, Waiting: waiting, Refused: refused}
}
