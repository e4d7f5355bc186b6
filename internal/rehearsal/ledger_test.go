package rehearsal_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// account is the acknowledged state of an account.
type account struct {
	secret, role string
	gone         bool
	unsure       bool // an operation on it failed
}

// ledger is the state that the database must have after all acknowledged operations.
type ledger struct {
	follows  map[[2]string]bool
	unsure   map[[2]string]bool
	accounts map[string]*account
}

func newLedger() *ledger {
	return &ledger{follows: map[[2]string]bool{}, unsure: map[[2]string]bool{}, accounts: map[string]*account{}}
}

// add records operations in the order in which they ended.
func (l *ledger) add(t *testing.T, operations []operation) {
	t.Helper()
	for _, o := range operations {
		switch o.Op {
		case "follow", "unfollow":
			var pair [2]string
			require.NoError(t, json.Unmarshal(o.Key, &pair))
			l.follow(pair, o.Op == "follow", o.Error == nil)
		case "register", "role", "password", "remove":
			var name, text string
			require.NoError(t, json.Unmarshal(o.Key, &name))
			require.NoError(t, json.Unmarshal(o.Value, &text))
			l.account(name, o.Op, text, o.Error == nil)
		}
	}
}

func (l *ledger) follow(pair [2]string, followed, acknowledged bool) {
	l.follows[pair], l.unsure[pair] = followed, !acknowledged
}

func (l *ledger) account(name, op, text string, acknowledged bool) {
	of := l.accounts[name]
	if of == nil {
		of = &account{role: "END_USER"}
		l.accounts[name] = of
	}
	if !acknowledged {
		of.unsure = true
		return
	}
	switch op {
	case "register", "password":
		of.secret = text
	case "role":
		of.role = text
	case "remove":
		of.gone = true
	}
}

// names returns the accounts that must exist.
func (l *ledger) names() []string {
	var names []string
	for name, of := range l.accounts {
		if !of.gone && !of.unsure {
			names = append(names, name)
		}
	}
	return names
}

// lost compares the database with the ledger. It returns the differences and the number of entries compared.
func (l *ledger) lost(t *testing.T, conn *pgx.Conn) (differences []string, compared int) {
	t.Helper()
	there := map[[2]string]bool{}
	var a, b string
	rows, _ := conn.Query(t.Context(), `SELECT follower_id, following_id FROM user_follows`)
	_, err := pgx.ForEachRow(rows, []any{&a, &b}, func() error {
		there[[2]string{a, b}] = true
		return nil
	})
	require.NoError(t, err)
	for pair, followed := range l.follows {
		if l.unsure[pair] {
			continue
		}
		compared++
		if there[pair] != followed {
			differences = append(differences, fmt.Sprintf("the follow of %s by %s: %t was acknowledged", pair[1], pair[0], followed))
		}
	}
	accounts := map[string][2]string{}
	var name, secret, role string
	rows, _ = conn.Query(t.Context(), `SELECT username, password_hash, role::text FROM users WHERE username LIKE 'new\_%'`)
	_, err = pgx.ForEachRow(rows, []any{&name, &secret, &role}, func() error {
		accounts[name] = [2]string{secret, role}
		return nil
	})
	require.NoError(t, err)
	for name, of := range l.accounts {
		if of.unsure {
			continue
		}
		compared++
		found, is := accounts[name]
		if is == of.gone || is && found != [2]string{of.secret, of.role} {
			differences = append(differences, fmt.Sprintf("account %s: %+v was acknowledged, but the database has %v (%t)", name, *of, found, is))
		}
	}
	return differences, compared
}
