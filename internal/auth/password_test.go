package auth

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"followgraph/internal/apperr"
)

func newPasswords(t *testing.T, opts PasswordOptions) *Passwords {
	t.Helper()
	p, err := NewPasswords(opts)
	require.NoError(t, err)
	return p
}

// rounds counts the cost of Check's comparisons in rounds of bcrypt, and checks that bcrypt really runs each of them.
func (p *Passwords) rounds(t *testing.T) *atomic.Int64 {
	var sum atomic.Int64
	compare := p.compare
	p.compare = func(hash, password []byte) error {
		err := compare(hash, password)
		if err == nil || errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			cost, err := bcrypt.Cost(hash)
			require.NoError(t, err)
			sum.Add(1 << cost)
		}
		return err
	}
	return &sum
}

func bcryptOf(t *testing.T, password string, cost int) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	require.NoError(t, err)
	return string(hash)
}

func TestPasswordOptions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		opts PasswordOptions
		want string
	}{
		"defaults":       {PasswordOptions{}, ""},
		"lowest":         {PasswordOptions{Cost: 4, Concurrency: 1, Queue: 1}, ""},
		"highest":        {PasswordOptions{Cost: 20}, ""},
		"too cheap":      {PasswordOptions{Cost: 3}, "between 4 and 20, not 3"},
		"too dear":       {PasswordOptions{Cost: 21}, "between 4 and 20, not 21"},
		"none":           {PasswordOptions{Concurrency: -1}, "hashed at once, not -1"},
		"negative queue": {PasswordOptions{Queue: -1}, "allowed to wait, not -1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewPasswords(test.opts)
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
				return
			}
			require.NoError(t, err)
			require.Positive(t, test.opts.withDefaults().Concurrency)
			require.Positive(t, test.opts.withDefaults().Queue)
		})
	}
	p := newPasswords(t, PasswordOptions{})
	require.Equal(t, DefaultCost, p.cost)
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		password string
		want     string
	}{
		"7 bytes":                     {"1234567", "8 to 72 bytes"},
		"8 bytes":                     {"12345678", ""},
		"4 letters of 2 bytes":        {"ääää", ""},
		"72 bytes":                    {strings.Repeat("x", 72), ""},
		"73 bytes":                    {strings.Repeat("x", 73), "8 to 72 bytes"},
		"24 letters of 3 bytes":       {strings.Repeat("あ", 24), ""},
		"24 letters of 3 and another": {strings.Repeat("あ", 24) + "x", "8 to 72 bytes"},
		"37 letters of 2 bytes":       {strings.Repeat("ä", 37), "8 to 72 bytes"},
		"empty":                       {"", "8 to 72 bytes"},
		"NUL":                         {"1234\x005678", "without NUL"},
		"not UTF-8":                   {"12345678\xff", "valid UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := CheckPassword("newPassword", test.password)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			var e *apperr.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, apperr.BadUserInput, e.Code)
			require.Equal(t, "newPassword", e.Field)
			require.Contains(t, e.Message, test.want)
			if test.password != "" {
				require.NotContains(t, err.Error(), test.password)
			}
		})
	}
}

func TestPasswordRoundTrip(t *testing.T) {
	t.Parallel()
	p := newPasswords(t, PasswordOptions{Cost: 5})
	for _, password := range []string{"12345678", "short", strings.Repeat("あ", 24), strings.Repeat("x", 72), " spaces stay "} {
		hash, err := p.Hash(t.Context(), Origin{}, password)
		require.NoError(t, err)
		cost, err := bcrypt.Cost([]byte(hash))
		require.NoError(t, err)
		require.Equal(t, 5, cost)

		match, err := p.Check(t.Context(), Origin{}, hash, password)
		require.NoError(t, err)
		require.Equal(t, Match{OK: true}, match)
		match, err = p.Check(t.Context(), Origin{}, hash, password[:len(password)-1])
		require.NoError(t, err)
		require.Zero(t, match)
	}
	for _, password := range []string{strings.Repeat("x", 73), strings.Repeat("あ", 25), "1234\x005678"} {
		_, err := p.Hash(t.Context(), Origin{}, password)
		require.ErrorContains(t, err, "at most 72 bytes")
		require.NotContains(t, err.Error(), password)
	}
}

func TestPasswordOutdated(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stored, configured int
		want               bool
	}{
		"cost went up":   {4, 6, true},
		"same cost":      {6, 6, false},
		"cost went down": {6, 4, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPasswords(t, PasswordOptions{Cost: test.configured})
			hash := bcryptOf(t, "12345678", test.stored)
			match, err := p.Check(t.Context(), Origin{}, hash, "12345678")
			require.NoError(t, err)
			require.Equal(t, Match{OK: true, Outdated: test.want}, match)
			match, err = p.Check(t.Context(), Origin{}, hash, "wrong")
			require.NoError(t, err)
			require.Zero(t, match, "a mismatch reveals nothing about the hash")
		})
	}
}

// Every mismatch costs the same number of rounds.
func TestPasswordCost(t *testing.T) {
	t.Parallel()
	const password = "correct horse"
	long := strings.Repeat("あ", 24)
	good := bcryptOf(t, password, 7)
	for name, test := range map[string]struct {
		hash, password string
		rounds         int64
	}{
		"wrong password":                    {good, "wrong", 1 << 7},
		"empty password":                    {good, "", 1 << 7},
		"no such account":                   {"", password, 1 << 7},
		"no such account, long password":    {"", strings.Repeat("x", 1<<20), 1 << 7},
		"not a hash":                        {"!", password, 1 << 7},
		"another kind of hash":              {"$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$" + strings.Repeat("A", 43), password, 1 << 7},
		"cut off":                           {good[:40], password, 1 << 7},
		"salt is not base64":                {good[:7] + "!!!!" + good[11:], password, 1 << 7},
		"a cost that takes days":            {"$2a$31$" + good[7:], password, 1 << 7},
		"an invalid cost":                   {"$2a$99$" + good[7:], password, 1 << 7},
		"cheaper hash, wrong password":      {bcryptOf(t, password, 4), "wrong", 1 << 7},
		"dearer hash, wrong password":       {bcryptOf(t, password, 8), "wrong", 1 << 8},
		"longer than bcrypt reads":          {bcryptOf(t, long, 7), "x" + long, 1 << 7},
		"longer, and the hash is cheaper":   {bcryptOf(t, long, 4), "x" + long, 1 << 7},
		"NUL behind what bcrypt reads":      {bcryptOf(t, long, 7), long + "\x00", 1 << 7},
		"that, and the hash is cheaper":     {bcryptOf(t, long, 4), long + "\x00", 1 << 7},
		"shorter by a byte":                 {bcryptOf(t, long, 7), long[:71], 1 << 7},
		"1 MiB":                             {good, strings.Repeat("x", 1<<20), 1 << 7},
		"NUL, where other bcrypts end":      {good, password + "\x00" + password, 1 << 7},
		"the hash that no password matches": {string(unmatchableHash(7)), password, 1 << 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPasswords(t, PasswordOptions{Cost: 7})
			rounds := p.rounds(t)
			match, err := p.Check(t.Context(), Origin{}, test.hash, test.password)
			require.NoError(t, err)
			require.Zero(t, match)
			require.Equal(t, test.rounds, rounds.Load())
		})
	}
}

// The Python service and PHP write other minor versions of the same hash.
func TestPasswordMinorVersions(t *testing.T) {
	t.Parallel()
	p := newPasswords(t, PasswordOptions{Cost: 4})
	hash := bcryptOf(t, "12345678", 4)
	for _, version := range []string{"$2a$", "$2b$", "$2y$"} {
		match, err := p.Check(t.Context(), Origin{}, version+hash[4:], "12345678")
		require.NoError(t, err)
		require.True(t, match.OK, version)
	}
}

// The Python service hashed passwords of any length, of which bcrypt read 72 bytes. passlib created these hashes.
func TestPasswordCut(t *testing.T) {
	t.Parallel()
	p := newPasswords(t, PasswordOptions{Cost: 5})
	for name, test := range map[string]struct{ password, hash string }{
		"ASCII":              {strings.Repeat("correct horse battery staple ", 3), "$2b$04$0mWeK1Bti9/TgMLi1mazW.7xW.UVwrUwlFpiAf9bVTFnhzP/Gjhga"},
		"within a character": {"x" + strings.Repeat("ü", 50), "$2b$04$5cV1t3yQFNeTDpSfWKyFIOGEPp3OhVaj8IwuCQfSbnkAIc26fwmIi"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for password, want := range map[string]Match{
				test.password:                  {OK: true, Outdated: true, Cut: true},
				test.password[:72]:             {OK: true, Outdated: true},
				test.password[:72] + "other":   {OK: true, Outdated: true, Cut: true},
				test.password[:71]:             {},
				test.password[:71] + "\x00":    {},
				test.password + "\x00":         {},
				test.password[:71] + "/" + "x": {},
			} {
				match, err := p.Check(t.Context(), Origin{}, test.hash, password)
				require.NoError(t, err)
				require.Equal(t, want, match, "%q", password)
			}
			renewed, err := p.Hash(t.Context(), Origin{}, Cut(test.password))
			require.NoError(t, err)
			match, err := p.Check(t.Context(), Origin{}, renewed, test.password)
			require.NoError(t, err)
			require.Equal(t, Match{OK: true, Cut: true}, match, "a renewed hash takes the same password")
		})
	}
}

// gate blocks every hash until the test lets it continue.
type gate struct {
	started chan struct{}
	release chan struct{}
	running atomic.Int64
	mu      sync.Mutex
	most    int64
}

func (p *Passwords) gate() *gate {
	g := &gate{started: make(chan struct{}, 100), release: make(chan struct{})}
	p.compare = func([]byte, []byte) error {
		running := g.running.Add(1)
		defer g.running.Add(-1)
		g.mu.Lock()
		g.most = max(g.most, running)
		g.mu.Unlock()
		g.started <- struct{}{}
		<-g.release
		return bcrypt.ErrMismatchedHashAndPassword
	}
	return g
}

// waiting waits until the given number of callers wait for their turns.
func (p *Passwords) waiting(t *testing.T, want int) {
	t.Helper()
	require.Eventually(t, func() bool { return p.Load().Waiting == want }, timeLimit, tick)
}

func TestPasswordConcurrency(t *testing.T) {
	t.Parallel()
	p := newPasswords(t, PasswordOptions{Cost: 4, Concurrency: 2, Queue: 3})
	g := p.gate()
	var wg sync.WaitGroup
	errs := make(chan error, 6)
	check := func(ctx context.Context) {
		wg.Go(func() {
			_, err := p.Check(ctx, Origin{}, "", "12345678")
			errs <- err
		})
	}
	for range 2 {
		check(t.Context())
	}
	for range 2 {
		<-g.started
	}
	ctx, cancel := context.WithCancel(t.Context())
	check(ctx)
	for range 2 {
		check(t.Context())
	}
	p.waiting(t, 3)

	// The queue is full of this network's callers: the next one is rejected at once.
	for range 3 {
		_, err := p.Check(t.Context(), Origin{}, "", "12345678")
		var e *apperr.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, apperr.RateLimited, e.Code)
		require.Equal(t, 2*time.Second, e.RetryAfter)
		_, err = p.Hash(t.Context(), Origin{}, "12345678")
		require.Equal(t, apperr.RateLimited, apperr.CodeOf(err), "hashing and comparing share the queue")
	}

	// A waiting caller leaves and makes room for another.
	cancel()
	require.ErrorIs(t, <-errs, context.Canceled)
	p.waiting(t, 2)
	check(t.Context())
	p.waiting(t, 3)
	require.Equal(t, PasswordLoad{Hashing: 2, Waiting: 3, Refused: 6}, p.Load())

	close(g.release)
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.EqualValues(t, 2, g.most)
	require.Equal(t, PasswordLoad{Refused: 6}, p.Load())
}

func TestPasswordCancelled(t *testing.T) {
	t.Parallel()
	p := newPasswords(t, PasswordOptions{Cost: 4})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Check(ctx, Origin{}, "", "12345678")
	require.ErrorIs(t, err, context.Canceled)
	_, err = p.Hash(ctx, Origin{}, "12345678")
	require.ErrorIs(t, err, context.Canceled)
}
