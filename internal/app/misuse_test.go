package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/app"
	"followgraph/internal/globalid"
	"followgraph/internal/httpserver"
	"followgraph/internal/testdb"
)

const behindProxy = "--trusted-proxy=127.0.0.1"

// loginFrom tries to sign in from an address.
func (s *server) loginFrom(t *testing.T, address, username, password string) answer {
	t.Helper()
	return s.from(t, address, "", loginMutation, map[string]any{"username": username, "password": password})
}

// registerFrom creates an account from an address and returns its token.
func (s *server) registerFrom(t *testing.T, address, username, phone string) string {
	t.Helper()
	payload := s.from(t, address, "", registerMutation, map[string]any{"username": username, "phone": phone, "password": password})
	return payload.data(t, "register")["token"].(string)
}

// TestAttackDoesNotLockOutOwner tries passwords of one account from sixty addresses until they are rejected. The owner
// can still sign in, at home and elsewhere.
func TestAttackDoesNotLockOutOwner(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), append(signInFlags(t), behindProxy)...)
	s.registerFrom(t, "192.0.2.1", "ada", "+41446681800")
	var attackers sync.WaitGroup
	refused := make([]bool, 60)
	for n := range refused {
		attackers.Go(func() {
			for range 11 {
				got := s.loginFrom(t, fmt.Sprintf("203.0.113.%d", n), []string{"ada", "ADA"}[n%2], "guess")
				if got.code(t) == "RATE_LIMITED" {
					refused[n] = true
					return
				}
			}
		})
	}
	attackers.Wait()
	require.NotContains(t, refused, false)
	for _, home := range []string{"192.0.2.1", "198.51.100.1", "2001:db8::1"} {
		require.Equal(t, "UNAUTHENTICATED", s.loginFrom(t, home, "ada", "mistyped").code(t), home)
		s.loginFrom(t, home, "ada", password).data(t, "login")
	}
}

// TestConflictsRevealLittle probes phone numbers, as a user who changes the own number and as a new user.
func TestConflictsRevealLittle(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), append(signInFlags(t), behindProxy)...)
	for n := range 12 {
		s.registerFrom(t, "192.0.2.1", fmt.Sprint("victim", n), fmt.Sprintf("+414466818%02d", n))
	}
	mallory := s.registerFrom(t, "203.0.113.1", "mallory", "+41446681900")
	const update = `mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { phoneNumber } } }`
	ask := func(address string, input map[string]any) answer {
		t.Helper()
		return s.from(t, address, mallory, update, map[string]any{"input": input})
	}
	// If the username is taken, the other values are not checked.
	got := ask("203.0.113.1", map[string]any{"username": "victim0", "phoneNumber": "+41446681800"}).decode(t)
	require.Len(t, got.Errors, 1)
	require.Equal(t, map[string]any{"code": "CONFLICT", "field": "username"}, got.Errors[0].Extensions)

	conflicts := 1
	for n := range 12 {
		got := ask("203.0.113.1", map[string]any{"phoneNumber": fmt.Sprintf("+414466818%02d", n)})
		if got.code(t) == "CONFLICT" {
			conflicts++
			continue
		}
		require.Equal(t, "RATE_LIMITED", got.code(t))
		require.Positive(t, got.decode(t).Errors[0].Extensions["retryAfter"])
	}
	require.Equal(t, 10, conflicts)
	require.Equal(t, "RATE_LIMITED", ask("203.0.113.2", map[string]any{"phoneNumber": "+41446681801"}).code(t), "from any address")
	ask("203.0.113.1", map[string]any{"city": "Zürich"}).data(t, "updateProfile")
	bob := s.registerFrom(t, "203.0.113.1", "bob", "+41446681901")
	s.from(t, "203.0.113.1", bob, update, map[string]any{"input": map[string]any{"phoneNumber": "+41446681902"}}).data(t, "updateProfile")
}

// TestAccountsDoNotMultiplyBudgets checks that an address with sixty accounts has the budget of ten.
func TestAccountsDoNotMultiplyBudgets(t *testing.T) {
	t.Parallel()
	s := start(t, testdb.New(t), append(signInFlags(t), behindProxy, "--rate-limit=5")...)
	spent := 0
	for n := range 20 {
		token := s.registerFrom(t, "203.0.113.1", fmt.Sprint("puppet", n), fmt.Sprintf("+414466818%02d", n))
		for range 5 {
			if s.from(t, "203.0.113.1", token, viewerQuery, nil).status == http.StatusOK {
				spent++
			}
		}
	}
	require.Equal(t, 50, spent)
	token := s.registerFrom(t, "192.0.2.1", "ada", "+41446681900")
	require.Equal(t, http.StatusOK, s.from(t, "192.0.2.1", token, viewerQuery, nil).status)
}

func TestClosedRegistration(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	s := start(t, database, append(signInFlags(t), "--registration=closed")...)
	variables := map[string]any{"username": "ada", "phone": "+41446681800", "password": password}
	got := s.as(t, "", registerMutation, variables)
	require.Equal(t, "FORBIDDEN", got.code(t))
	require.Contains(t, string(got.body), "ask the operator")

	common, _ := configured(t, database, "--password-cost=4")
	olga := app.User{Username: "olga", PhoneNumber: "+41446681801", Role: "OPT_USER"}
	require.NoError(t, app.CreateUser(t.Context(), common, olga, quiet, strings.NewReader(password), io.Discard, io.Discard))
	s.as(t, s.login(t, "olga", password), registerMutation, variables).data(t, "register")
	require.Equal(t, "FORBIDDEN", s.as(t, s.login(t, "ada", password), registerMutation, variables).code(t))
}

// TestAuditLog sends requests of several kinds of misuse, and reads the log with the commands of docs/operations.md.
func TestAuditLog(t *testing.T) {
	t.Parallel()
	var kept lockedBuffer
	log := slog.New(httpserver.LogHandler{Handler: slog.NewJSONHandler(&kept, nil)})
	database := testdb.New(t)
	s := startLogged(t, log, database, append(signInFlags(t), behindProxy, "--attempts-per-account=3")...)
	const home, office, attacker = "192.0.2.1", "198.51.100.1", "203.0.113.66"
	id := func(token string) string {
		t.Helper()
		return s.from(t, home, token, `{ viewer { cognitoId } }`, nil).data(t, "viewer")["cognitoId"].(string)
	}
	adaToken := s.registerFrom(t, home, "ada", "+41446681800")
	bobToken := s.registerFrom(t, home, "bob", "+41446681801")
	olgaToken := s.registerFrom(t, office, "olga", "+41446681802")
	ada, bob, olga := id(adaToken), id(bobToken), id(olgaToken)

	// An attacker guesses ada's password and takes over the account.
	for range 2 {
		s.loginFrom(t, attacker, "ada", "guess")
	}
	s.loginFrom(t, attacker, "my secret password", "ada")
	stolen := s.loginFrom(t, attacker, "ada", password).data(t, "login")["token"].(string)
	s.from(t, attacker, stolen, `mutation ($old: String!) { changePassword(input: {currentPassword: $old, newPassword: "stolen for good"}) { token } }`,
		map[string]any{"old": password}).data(t, "changePassword")
	for range 4 {
		s.loginFrom(t, attacker, "bob", "guess")
	}
	s.from(t, attacker, bobToken, `mutation ($id: ID!) { setRole(input: {userId: $id, role: OPT_USER}) { clientMutationId } }`,
		map[string]any{"id": globalid.User(bob)})
	// The command line creates an operator, who reads private fields and deletes an account.
	common, _ := configured(t, database)
	require.NoError(t, app.SetRole(t.Context(), common, "olga", "OPT_USER", log, io.Discard))
	olgaToken = s.loginFrom(t, "2001:db8::7", "olga", password).data(t, "login")["token"].(string)
	require.Eventually(t, func() bool {
		got := s.from(t, office, olgaToken, `{ users { nodes { email suggestions { user { id } } followers { nodes { city } } } } }`, nil)
		return strings.Contains(kept.String(), "read_private") && got.status == http.StatusOK
	}, 30*time.Second, 200*time.Millisecond)
	s.from(t, office, olgaToken, `mutation ($id: ID!) { deleteAccount(input: {userId: $id}) { deletedUserId } }`,
		map[string]any{"id": globalid.User(bob)}).data(t, "deleteAccount")

	type line = map[string]any
	var accounts []line
	requests := map[any]line{}
	for text := range strings.Lines(kept.String()) {
		var read line
		require.NoError(t, json.Unmarshal([]byte(text), &read))
		switch read["msg"] {
		case "account":
			accounts = append(accounts, read)
		case "request":
			requests[read["request_id"]] = read
		}
	}
	grep := func(want line) (found []line) {
		for _, each := range accounts {
			matches := true
			for name, value := range want {
				matches = matches && each[name] == value
			}
			if matches {
				found = append(found, each)
			}
		}
		return found
	}
	guesses := line{"action": "sign_in", "outcome": "refused", "address": attacker, "actor": "anonymous"}
	require.Len(t, grep(guesses), 7)
	guesses["subject"], guesses["reason"] = ada, "wrong_password"
	require.Len(t, grep(guesses), 2)
	guesses["subject"] = bob
	require.Len(t, grep(guesses), 3)
	guesses["reason"], guesses["code"] = "too_many_attempts", "RATE_LIMITED"
	require.Len(t, grep(guesses), 1)
	require.Len(t, grep(line{"action": "sign_in", "reason": "unknown_username", "subject": nil, "address": attacker}), 1)
	require.Len(t, grep(line{"action": "sign_in", "outcome": "done", "actor": ada, "subject": ada, "address": attacker}), 1)
	require.Len(t, grep(line{"action": "change_password", "outcome": "done", "actor": ada, "subject": ada, "address": attacker}), 1)
	require.Len(t, grep(line{
		"action": "set_role", "outcome": "refused", "reason": "not_operator", "actor": bob, "subject": bob, "role": "OPT_USER", "address": attacker,
	}), 1)
	require.Len(t, grep(line{"action": "set_role", "outcome": "done", "actor": "command line", "subject": olga, "role": "OPT_USER", "address": nil}), 1)
	require.Len(t, grep(line{"action": "delete_account", "outcome": "done", "actor": olga, "subject": bob, "address": office}), 1)
	require.Len(t, grep(line{"action": "register", "outcome": "done", "actor": "anonymous", "subject": bob, "address": home}), 1)
	reads := grep(line{"action": "read_private", "actor": olga, "address": office})
	require.NotEmpty(t, reads)
	read := reads[len(reads)-1]
	require.Contains(t, read["subjects"], ada)
	require.Contains(t, read["subjects"], bob)
	require.NotContains(t, read["subjects"], olga)
	require.EqualValues(t, len(read["subjects"].([]any)), read["count"])

	seen := map[any]bool{}
	for _, each := range accounts {
		if each["actor"] == "command line" {
			continue
		}
		request := requests[each["request_id"]]
		require.NotNil(t, request, "%v", each)
		require.Equal(t, request["address"], each["address"])
		if each["actor"] != "anonymous" && each["action"] != "sign_in" {
			require.Equal(t, request["caller"], each["actor"])
		}
		require.False(t, seen[each["request_id"]], "one line for each operation here")
		seen[each["request_id"]] = true
	}
	for _, secret := range []string{password, "my secret password", "guess", "stolen for good", "+4144668", adaToken, stolen} {
		require.False(t, bytes.Contains([]byte(kept.String()), []byte(secret)), secret)
	}
	require.True(t, slices.ContainsFunc(accounts, func(l line) bool { return l["request_id"] == nil }), "the command line's")
}
