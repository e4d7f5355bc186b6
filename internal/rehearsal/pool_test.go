package rehearsal_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// pool is the output of `aws cognito-idp list-users`.
type pool struct {
	Users []poolUser
}

type poolUser struct {
	Username   string
	Attributes []attribute
	UserStatus string
	Enabled    bool
}

type attribute struct{ Name, Value string }

func (u poolUser) value(name string) string {
	for _, a := range u.Attributes {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

func readPool(t *testing.T, path string) pool {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var users pool
	require.NoError(t, json.Unmarshal(text, &users))
	require.NotEmpty(t, users.Users)
	return users
}

// with writes the pool with more users, who have registered with the service later under the same name.
func (p pool) with(t *testing.T, dir string, names []string) (path string, users int) {
	t.Helper()
	for _, name := range names {
		p.Users = append(p.Users, poolUser{Username: name, Attributes: []attribute{{Name: "sub", Value: "sub-of-" + name}}, UserStatus: "CONFIRMED", Enabled: true})
	}
	text, err := json.Marshal(p)
	require.NoError(t, err)
	path = filepath.Join(dir, "later.json")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path, len(names)
}

var (
	poolNumber = regexp.MustCompile(`^\+4144(\d{7})$`)
	poolEmail  = regexp.MustCompile(`^user(\d+)@example\.org$`)
)

// truth returns the username of the account of each Cognito user, as far as the pool determines it. The loader of the
// fixture gives account n the phone number 2,000,000 + n and the address userN@example.org, and some accounts a
// username of the pool. truth does not use the rules of `adopt link`.
func (p pool) truth(t *testing.T, conn *pgx.Conn) map[string]string {
	t.Helper()
	byNumber, byName := map[int]string{}, map[string]bool{}
	var name string
	var first *string
	rows, _ := conn.Query(t.Context(), `SELECT username, firstname FROM users`)
	_, err := pgx.ForEachRow(rows, []any{&name, &first}, func() error {
		byName[name] = true
		if first != nil {
			if n, err := strconv.Atoi(strings.TrimPrefix(*first, "First")); err == nil {
				byNumber[n] = name
			}
		}
		return nil
	})
	require.NoError(t, err)
	usernames := map[string]string{}
	for _, user := range p.Users {
		sub := user.value("sub")
		switch match := poolNumber.FindStringSubmatch(user.value("phone_number")); {
		case byName[user.Username]:
			usernames[sub] = user.Username
		case match != nil:
			n, err := strconv.Atoi(match[1])
			require.NoError(t, err)
			usernames[sub] = byNumber[n-2_000_000]
		case user.value("email_verified") == "true":
			if match := poolEmail.FindStringSubmatch(user.value("email")); match != nil {
				n, err := strconv.Atoi(match[1])
				require.NoError(t, err)
				usernames[sub] = byNumber[n]
			}
		}
	}
	return usernames
}

// links is the comparison of the Cognito ids of accounts with the truth.
type links struct {
	accounts, linked, wrong int // of those in the truth
	follows, linkable, both int // of all follows: those whose two ends are in the truth, and those that have both users
}

func compareLinks(t *testing.T, conn *pgx.Conn, truth map[string]string) links {
	t.Helper()
	ids := map[string]string{}
	var id, name string
	rows, _ := conn.Query(t.Context(), `SELECT cognito_id, username FROM users`)
	_, err := pgx.ForEachRow(rows, []any{&id, &name}, func() error {
		ids[id] = name
		return nil
	})
	require.NoError(t, err)
	result := links{accounts: len(truth)}
	for sub, name := range truth {
		switch ids[sub] {
		case "":
		case name:
			result.linked++
		default:
			result.wrong++
		}
	}
	var a, b string
	rows, _ = conn.Query(t.Context(), `SELECT follower_id, following_id FROM user_follows`)
	_, err = pgx.ForEachRow(rows, []any{&a, &b}, func() error {
		result.follows++
		if truth[a] != "" && truth[b] != "" {
			result.linkable++
		}
		if ids[a] != "" && ids[b] != "" {
			result.both++
		}
		return nil
	})
	require.NoError(t, err)
	return result
}
