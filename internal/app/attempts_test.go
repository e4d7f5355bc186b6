package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"followgraph/internal/testdb"
)

// TestInstancesShareAttempts fails to sign in on two instances: a third one refuses, and knows the network from which
// another one has seen its owner. Forged messages change nothing.
func TestInstancesShareAttempts(t *testing.T) {
	t.Parallel()
	database := testdb.New(t)
	flags := append(signInFlags(t), "--graph", "memory", behindProxy, "--server-timing=on", "--admin-listen", "127.0.0.1:0")
	var service []*server
	for range 3 {
		service = append(service, start(t, database, flags...))
	}
	for _, s := range service {
		s.awaitMemory(t)
	}
	const attacker = "203.0.113.7"
	service[0].register(t, "ada", "+41446681800")
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	for _, forged := range []string{"", "\x01", "\x01" + fmt.Sprintf("%0200d", 7)} {
		_, err := conn.Exec(t.Context(), `SELECT pg_logical_emit_message(false, 'followgraph.attempts', $1::bytea), pg_logical_emit_message(true, 'followgraph.attempts', $1::bytea)`, []byte(forged))
		require.NoError(t, err)
	}
	for n := range 10 {
		got := service[n%2].loginFrom(t, attacker, "ada", "wrong password")
		require.Equal(t, "UNAUTHENTICATED", got.code(t))
	}
	operators := service[2].operators(t)
	tries := 0
	require.Eventually(t, func() bool {
		tries++
		return service[2].loginFrom(t, attacker, "ada", "wrong password").code(t) == "RATE_LIMITED"
	}, time.Minute, time.Second)
	require.Less(t, tries, 10, "its own attempts alone do not reach the limit")
	metrics := string(operators.get(t, "/metrics").body)
	require.Regexp(t, `followgraph_attempt_messages_total\{event="received"\} [1-9]`, metrics)
	require.Contains(t, metrics, `followgraph_attempt_messages_total{event="ignored"} 3`)
	require.Contains(t, metrics, `followgraph_attempts_not_shared_total 0`)
	require.NotEmpty(t, service[2].login(t, "ada", password))
}
