package social

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/auth"
	"followgraph/internal/globalid"
	"followgraph/internal/limit"
	"followgraph/internal/model"
	"followgraph/internal/observe"
	"followgraph/internal/viewer"
)

// memoryStore is a store of accounts for rules that need no SQL. It records its calls.
type memoryStore struct {
	Store // panics if a rule calls another method

	mu          sync.Mutex
	accounts    []*model.NewAccount
	versions    map[string]int64
	calls       []string
	privates    [][]string
	change      model.ProfileChange
	failAccount error // of Account
	fail        error // error of every write
}

func (m *memoryStore) find(match func(*model.NewAccount) bool) *model.NewAccount {
	if i := slices.IndexFunc(m.accounts, match); i >= 0 {
		return m.accounts[i]
	}
	return nil
}

func (m *memoryStore) read(match func(*model.NewAccount) bool) *model.Account {
	account := m.find(match)
	if account == nil {
		return nil
	}
	return &model.Account{CognitoID: account.CognitoID, Username: account.Username, Role: account.Role, Password: account.Password, TokenVersion: m.versions[account.CognitoID]}
}

func (m *memoryStore) record(what string) func() {
	m.mu.Lock()
	m.calls = append(m.calls, what)
	return m.mu.Unlock
}

func (m *memoryStore) Account(_ context.Context, id string) (*model.Account, error) {
	defer m.record("Account")()
	return m.read(func(a *model.NewAccount) bool { return a.CognitoID == id }), m.failAccount
}

func (m *memoryStore) AccountByUsername(_ context.Context, username string) (*model.Account, error) {
	defer m.record("AccountByUsername")()
	return m.read(func(a *model.NewAccount) bool { return a.Username == username }), nil
}

func (m *memoryStore) CreateAccount(_ context.Context, account model.NewAccount) (*model.Account, error) {
	defer m.record("CreateAccount")()
	if m.fail != nil {
		return nil, m.fail
	}
	if account.CognitoID == "" {
		account.CognitoID = "id-" + account.Username
	}
	m.accounts = append(m.accounts, &account)
	return m.read(func(a *model.NewAccount) bool { return a == &account }), nil
}

// write changes an account.
func (m *memoryStore) write(what, id string, do func(*model.NewAccount)) error {
	defer m.record(what)()
	account := m.find(func(a *model.NewAccount) bool { return a.CognitoID == id })
	switch {
	case m.fail != nil:
		return m.fail
	case account == nil:
		return apperr.New(apperr.NotFound, "the account does not exist")
	}
	do(account)
	return nil
}

func (m *memoryStore) UpdateProfile(_ context.Context, id string, change model.ProfileChange) error {
	return m.write("UpdateProfile", id, func(*model.NewAccount) { m.change = change })
}

func (m *memoryStore) SetRole(_ context.Context, id string, role model.UserRole) error {
	return m.write("SetRole", id, func(a *model.NewAccount) { a.Role = role })
}

func (m *memoryStore) SetPassword(_ context.Context, id string, hash model.PasswordHash) (account *model.Account, err error) {
	err = m.write("SetPassword", id, func(a *model.NewAccount) {
		a.Password = hash
		m.versions[id]++
		account = &model.Account{CognitoID: id, Role: a.Role, Password: hash, TokenVersion: m.versions[id]}
	})
	return account, err
}

func (m *memoryStore) RehashPassword(_ context.Context, id string, old, hash model.PasswordHash) error {
	return m.write("RehashPassword", id, func(a *model.NewAccount) {
		if a.Password == old {
			a.Password = hash
		}
	})
}

func (m *memoryStore) MoveAccount(_ context.Context, move model.AccountMove) (account *model.Account, err error) {
	if move.Seen == nil || move.Seen.CognitoID != move.From {
		return nil, errors.New("it is not said what was seen of the account")
	}
	err = m.write("MoveAccount", move.From, func(a *model.NewAccount) {
		m.accounts = slices.DeleteFunc(m.accounts, func(twin *model.NewAccount) bool { return twin.CognitoID == move.To })
		a.CognitoID = move.To
		if move.DisablePassword {
			a.Password = ""
		}
		account = &model.Account{CognitoID: move.To, Role: a.Role, Password: a.Password}
	})
	return account, err
}

func (m *memoryStore) AccountByClaims(_ context.Context, wanted, _ model.VerifiedClaims) (*model.Account, error) {
	defer m.record("AccountByClaims")()
	if m.fail != nil {
		return nil, m.fail
	}
	return m.read(func(a *model.NewAccount) bool {
		return a.Email != nil && *a.Email == wanted.Email || a.PhoneNumber != "" && a.PhoneNumber == wanted.PhoneNumber
	}), nil
}

func (m *memoryStore) DeleteAccount(_ context.Context, id string) (bool, error) {
	existed := false
	err := m.write("DeleteAccount", id, func(account *model.NewAccount) {
		existed = true
		m.accounts = slices.DeleteFunc(m.accounts, func(a *model.NewAccount) bool { return a == account })
	})
	if apperr.CodeOf(err) == apperr.NotFound {
		err = nil
	}
	return existed, err
}

func (m *memoryStore) Privates(_ context.Context, ids []string) ([]*model.Private, error) {
	defer m.record("Privates")()
	m.privates = append(m.privates, ids)
	privates := make([]*model.Private, len(ids))
	for i := range ids {
		privates[i] = &model.Private{City: &ids[i]}
	}
	return privates, nil
}

func (m *memoryStore) Suggestions(context.Context, string, int) ([]model.SuggestionRank, error) {
	defer m.record("Suggestions")()
	return nil, nil
}

// plaintextPasswords uses the password itself as its hash.
type plaintextPasswords struct {
	mu           sync.Mutex
	checked      []string // hashes, in the order of calls
	hashed       int
	fail         error  // error of Hash
	busy         error  // error of Check
	knownOrigins []bool // Known of the origins, in the order of calls
}

func (p *plaintextPasswords) Hash(_ context.Context, origin auth.Origin, password string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.knownOrigins = append(p.knownOrigins, origin.Known)
	p.hashed++
	return "new " + password, p.fail
}

func (p *plaintextPasswords) Check(_ context.Context, origin auth.Origin, hash, password string) (auth.Match, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.knownOrigins = append(p.knownOrigins, origin.Known)
	if p.busy != nil {
		return auth.Match{}, p.busy
	}
	p.checked = append(p.checked, hash)
	read := auth.Cut(password)
	return auth.Match{
		OK: hash == "new "+read || hash == "old "+read, Outdated: hash == "old "+read, Cut: len(password) > len(read),
	}, nil
}

// newAttempts allows three attempts at one account from one network and three accounts from a network. The other limits
// are the defaults.
func newAttempts() *countingAttempts {
	three := limit.Rate{AtOnce: 3, Every: time.Hour}
	return &countingAttempts{Attempts: limit.NewAttempts(limit.AttemptLimits{Account: three, Registrations: three}, time.Now)}
}

// countingAttempts counts the attempts that were neither successful nor returned.
type countingAttempts struct {
	*limit.Attempts
	none bool // whether to reject every attempt
	open int
}

func (a *countingAttempts) count(attempt limit.Attempt, err error) (limit.Attempt, error) {
	if err == nil {
		a.open++
	}
	return attempt, err
}

func (a *countingAttempts) Take(account string, address netip.Addr) (limit.Attempt, error) {
	if a.none {
		return limit.Attempt{}, apperr.Limited(time.Second, "too many attempts")
	}
	return a.count(a.Attempts.Take(account, address))
}

func (a *countingAttempts) TakeAddress(address netip.Addr) error {
	if a.none {
		return apperr.Limited(time.Second, "too many attempts")
	}
	return a.Attempts.TakeAddress(address)
}

func (a *countingAttempts) TakeClaim(caller string, address netip.Addr) (limit.Attempt, error) {
	return a.count(a.Attempts.TakeClaim(caller, address))
}

func (a *countingAttempts) Release(attempt limit.Attempt) {
	a.open--
	a.Attempts.Release(attempt)
}

func (a *countingAttempts) TakeRegistration(address netip.Addr) (limit.Attempt, error) {
	return a.count(a.Attempts.TakeRegistration(address))
}

func (a *countingAttempts) Succeeded(attempt limit.Attempt) {
	a.open--
	a.Attempts.Succeeded(attempt)
}

// readableTokens issues tokens that show their subject and version.
type readableTokens struct{}

var tokenExpiry = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func (readableTokens) Issue(subject string, version int64) (string, time.Time, error) {
	return subject + " " + string(rune('0'+version)), tokenExpiry, nil
}

// eventRecorder records account events.
type eventRecorder struct {
	observe.Nothing
	events []observe.AccountEvent
}

func (w *eventRecorder) Account(_ context.Context, e observe.AccountEvent) {
	w.events = append(w.events, e)
}

// testService is a service with its dependencies.
type testService struct {
	*Service
	store            *memoryStore
	passwords        *plaintextPasswords
	countingAttempts *countingAttempts
}

// newTestService has two accounts, ada and bob, and an operator, olga.
func newTestService() *testService {
	w := &testService{store: &memoryStore{versions: map[string]int64{}}, passwords: &plaintextPasswords{}, countingAttempts: newAttempts()}
	for _, name := range []string{"ada", "bob", "olga"} {
		account := &model.NewAccount{CognitoID: "id-" + name, Role: model.UserRoleAgent, Password: model.PasswordHash("new " + name + "'s password")}
		account.Username = name
		w.store.accounts = append(w.store.accounts, account)
	}
	w.account("id-olga").Role = model.UserRoleOptUser
	w.Service = New(w.store, Options{Passwords: w.passwords, Tokens: readableTokens{}, Attempts: w.countingAttempts, AnonymousReads: true})
	return w
}

func (w *testService) account(id string) *model.NewAccount {
	return w.store.find(func(a *model.NewAccount) bool { return a.CognitoID == id })
}

var testAddress = netip.MustParseAddr("192.0.2.1")

// The kinds of callers.
var (
	anonymous = viewer.Viewer{Address: testAddress}
	stranger  = viewer.Viewer{CognitoID: "id-stranger", Address: testAddress} // a Cognito user without an account
	ada       = viewer.Viewer{CognitoID: "id-ada", Registered: true, Address: testAddress}
	olga      = viewer.Viewer{CognitoID: "id-olga", Registered: true, Operator: true, Address: testAddress}
)

func withCaller(t *testing.T, caller viewer.Viewer) context.Context {
	return viewer.With(t.Context(), caller)
}

func stringPtr(s string) *string { return &s }

func globalIDOf(name string) *string { return stringPtr(globalid.User("id-" + name)) }

// requireRefused checks an error's code, and that the store received only the allowed calls.
func (w *testService) requireRefused(t *testing.T, err error, code apperr.Code, allowed ...string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, apperr.CodeOf(err), "%v", err)
	require.Equal(t, allowed, w.store.calls)
}

// invalidFields returns the fields that an error names, which must all be BAD_USER_INPUT.
func invalidFields(t *testing.T, err error) []string {
	t.Helper()
	var all apperr.Errors
	require.ErrorAs(t, err, &all)
	fields := make([]string, len(all))
	for i, each := range all {
		require.Equal(t, apperr.BadUserInput, each.Code)
		fields[i] = each.Field
	}
	return fields
}

var errBroken = errors.New("broken")
