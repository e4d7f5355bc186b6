package app_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/httpserver"
	"followgraph/internal/testdb"
)

// lockedBuffer is a buffer for a log that several goroutines write.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestNoSecretInLog sends all kinds of requests with secrets, valid and invalid, and provokes faults of the server.
// Then it searches the log for the secrets.
func TestNoSecretInLog(t *testing.T) {
	t.Parallel()
	var kept lockedBuffer
	log := slog.New(httpserver.LogHandler{Handler: slog.NewTextHandler(&kept, &slog.HandlerOptions{Level: slog.LevelDebug})})
	database := testdb.New(t)
	s := startLogged(t, log, database, signInFlags(t)...)

	secrets := map[string]string{
		"password": "secret-password-1", "newPassword": "secret-password-2", "wrongPassword": "secret-password-3",
		"email": "secret-email@example.com", "phone": "+41446681800", "country": "secret-country", "city": "secret-city",
		"zipcode": "secret-zip", "badEmail": "secret email", "badPhone": "+4144668secret",
	}
	variables := map[string]any{}
	for name, secret := range secrets {
		variables[name] = secret
	}
	const declared = `($password: String!, $email: String, $phone: String!, $country: String, $city: String, $zipcode: String)`
	payload := s.as(t, "", `mutation `+declared+` { register(input: {username: "ada", password: $password, email: $email, phoneNumber: $phone,
		country: $country, city: $city, zipcode: $zipcode}) { token user { email phoneNumber country city zipcode } } }`, variables).data(t, "register")
	token := payload["token"].(string)
	secrets["token"] = token
	secrets["signature"] = token[strings.LastIndexByte(token, '.')+1:]
	ask := func(token, query string) {
		t.Helper()
		require.NotEqual(t, http.StatusInternalServerError, s.as(t, token, query, variables).status)
	}
	operations := []string{
		`mutation ` + declared + ` { register(input: {username: "ada", password: $password, email: $email, phoneNumber: $phone, country: $country,
			city: $city, zipcode: $zipcode}) { token } }`, // taken
		`mutation ($badEmail: String, $badPhone: String!, $password: String!) { register(input: {username: "secret name", password: $password,
			email: $badEmail, phoneNumber: $badPhone}) { token } }`,
		`mutation ($wrongPassword: String!) { login(input: {username: "ada", password: $wrongPassword}) { token } }`,
		`mutation ($password: String!) { login(input: {username: "ada", password: $password}) { token user { email } } }`,
		`mutation ($wrongPassword: String!) { login(input: {username: $wrongPassword, password: $wrongPassword}) { token } }`,
		`mutation ($phone: String!) { updateProfile(input: {phoneNumber: $phone}) { user { phoneNumber } } }`,
		`mutation ($password: Int!) { login(input: {username: "ada", password: $password}) { token } }`,
		`mutation ($email: String) { updateProfile(input: {email: $email, city: "secret-city"}) { user { city email } } }`,
		`mutation ($wrongPassword: String!) { changePassword(input: {currentPassword: $wrongPassword, newPassword: $wrongPassword}) { token } }`,
		`{ viewer { email phoneNumber country city zipcode } users { nodes { email } } }`,
		`{ user(username: "secret-city") { city } secret-city }`,
	}
	for _, operation := range operations {
		ask(token, operation)
		ask("", operation)
	}
	s.get(t, "/graphql?query={viewer{email}}&variables="+`{"password":"secret-password-1"}`)
	s.do(t, http.MethodGet, "/graphql?query={__typename}", http.Header{"Authorization": {"Bearer " + token[:len(token)-4] + "AAAA"}}, nil)
	s.do(t, http.MethodGet, "/graphql?query={__typename}", http.Header{"Authorization": {"Basic secret-password-1"}}, nil)

	// Faults of the server: errors of statements contain their parameters.
	execute(t, database, `ALTER TABLE users ADD CONSTRAINT broken CHECK (city <> 'secret-city-2' AND email <> 'secret-email-2@example.com')`)
	for _, change := range []string{`city: "secret-city-2"`, `email: "secret-email-2@example.com"`} {
		got := s.as(t, token, `mutation { updateProfile(input: {`+change+`}) { user { city } } }`, nil)
		require.Equal(t, "DATABASE_MISMATCH", got.code(t))
		require.NotContains(t, string(got.body), "secret")
	}
	execute(t, database, `ALTER TABLE users DROP CONSTRAINT broken; ALTER TABLE users RENAME COLUMN password_hash TO hidden`)
	for _, operation := range operations {
		s.as(t, token, operation, variables)
	}

	logged := kept.String()
	require.Contains(t, logged, "operation failed")
	require.Contains(t, logged, "msg=account action=update_profile outcome=done")
	require.NotContains(t, logged, "secret", "some input")
	require.NotContains(t, logged, "$2a$", "a hash")
	for name, secret := range secrets {
		require.NotContains(t, logged, secret, name)
	}
}
