package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// TestOldPasswords signs in with passwords that the Python service hashed: passlib, cost 4.
func TestOldPasswords(t *testing.T) {
	t.Parallel()
	databaseURL := testdb.New(t)
	for username, hash := range map[string]string{
		"ascii":  "$2b$04$0mWeK1Bti9/TgMLi1mazW.7xW.UVwrUwlFpiAf9bVTFnhzP/Gjhga",
		"odd":    "$2b$04$5cV1t3yQFNeTDpSfWKyFIOGEPp3OhVaj8IwuCQfSbnkAIc26fwmIi",
		"none":   "$2b$12$" + strings.Repeat(".", 53),
		"before": "!",
	} {
		execute(t, databaseURL, "INSERT INTO users (username, phone_number, password_hash) VALUES ($1, $1, $2)", username, hash)
	}
	s := start(t, databaseURL, append(signInFlags(t), "--password-cost", "5")...) // so that sign-in replaces hashes
	const login = `mutation ($username: String!, $password: String!) {
		login(input: {username: $username, password: $password}) { passwordChangeAdvised user { username } } }`
	for username, password := range map[string]string{
		"ascii": strings.Repeat("correct horse battery staple ", 3),
		"odd":   "x" + strings.Repeat("ü", 50), // the 72nd byte is half of a letter
	} {
		credentials := map[string]any{"username": username, "password": password}
		for range 2 { // by the old hash, and by the new one
			require.Equal(t, map[string]any{"passwordChangeAdvised": true, "user": map[string]any{"username": username}},
				s.as(t, "", login, credentials).data(t, "login"))
		}
		for _, wrong := range []string{password[:71], password + "\x00", "x" + password} {
			require.Equal(t, "UNAUTHENTICATED", s.as(t, "", login, map[string]any{"username": username, "password": wrong}).code(t))
		}
	}
	for _, username := range []string{"none", "before"} {
		for _, wrong := range []string{"", "!", "$2b$12$" + strings.Repeat(".", 53), "password"} {
			require.Equal(t, "UNAUTHENTICATED", s.as(t, "", login, map[string]any{"username": username, "password": wrong}).code(t))
		}
	}
}
