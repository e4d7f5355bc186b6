package auditlog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/observe"
	"followgraph/internal/observe/auditlog"
)

// newLog returns a log, and a function that returns its lines without their times.
func newLog() (*auditlog.Log, func(t *testing.T) []map[string]any) {
	var output bytes.Buffer
	log := auditlog.New(slog.New(slog.NewJSONHandler(&output, nil)))
	return log, func(t *testing.T) (lines []map[string]any) {
		t.Helper()
		for text := range strings.Lines(output.String()) {
			var line map[string]any
			require.NoError(t, json.Unmarshal([]byte(text), &line))
			delete(line, "time")
			lines = append(lines, line)
		}
		return lines
	}
}

func TestEventsAreLogged(t *testing.T) {
	t.Parallel()
	log, lines := newLog()
	log.Account(t.Context(), observe.AccountEvent{
		Action: observe.SignIn, Outcome: observe.Refused, Code: "UNAUTHENTICATED", Reason: observe.WrongPassword,
		Actor: observe.Anonymous, Subjects: []string{"id-ada"}, Address: netip.MustParseAddr("192.0.2.1"),
	})
	log.Account(t.Context(), observe.AccountEvent{
		Action: observe.SetRole, Outcome: observe.Done, Actor: observe.CommandLine, Subjects: []string{"id-bob"}, Role: "OPT_USER",
	})
	log.Account(t.Context(), observe.AccountEvent{
		Action: observe.UpdateProfile, Outcome: observe.Done, Actor: "id-ada", Subjects: []string{"id-ada"}, Fields: []string{"email", "city"},
	})
	require.Equal(t, []map[string]any{
		{
			"level": "INFO", "msg": "account", "action": "sign_in", "outcome": "refused", "code": "UNAUTHENTICATED", "reason": "wrong_password",
			"actor": "anonymous", "subject": "id-ada", "address": "192.0.2.1",
		},
		{"level": "INFO", "msg": "account", "action": "set_role", "outcome": "done", "actor": "command line", "subject": "id-bob", "role": "OPT_USER"},
		{"level": "INFO", "msg": "account", "action": "update_profile", "outcome": "done", "actor": "id-ada", "subject": "id-ada", "fields": "email city"},
	}, lines(t))
}

func readEvent(ids ...string) observe.AccountEvent {
	return observe.AccountEvent{Action: observe.ReadPrivate, Outcome: observe.Done, Actor: "id-olga", Subjects: ids}
}

func TestReadsOfOneOperationAreOneLine(t *testing.T) {
	t.Parallel()
	log, lines := newLog()
	ctx, other := log.OperationBegins(t.Context()), log.OperationBegins(t.Context())
	log.Account(ctx, readEvent("id-1", "id-2"))
	log.Account(context.WithoutCancel(ctx), readEvent("id-3"))
	require.Empty(t, lines(t))
	log.OperationEnds(ctx, observe.Operation{})
	log.OperationEnds(other, observe.Operation{})
	log.OperationEnds(t.Context(), observe.Operation{}) // rejected before it began
	log.Account(t.Context(), readEvent("id-4"))
	want := func(count int, ids ...any) map[string]any {
		return map[string]any{
			"level": "INFO", "msg": "account", "action": "read_private", "outcome": "done", "actor": "id-olga", "count": float64(count), "subjects": ids,
		}
	}
	require.Equal(t, []map[string]any{want(3, "id-1", "id-2", "id-3"), want(1, "id-4")}, lines(t))
}

func TestReadsNameAtMostHundredAccounts(t *testing.T) {
	t.Parallel()
	log, lines := newLog()
	ctx := log.OperationBegins(t.Context())
	var wait sync.WaitGroup
	for n := range 50 {
		wait.Go(func() {
			ids := make([]string, 30)
			for i := range ids {
				ids[i] = fmt.Sprint("id-", n, "-", i)
			}
			log.Account(ctx, readEvent(ids...))
		})
	}
	wait.Wait()
	log.OperationEnds(ctx, observe.Operation{})
	log.Account(t.Context(), readEvent(make([]string, 5000)...))
	got := lines(t)
	require.Len(t, got, 2)
	require.EqualValues(t, 1500, got[0]["count"])
	require.Len(t, got[0]["subjects"], 100)
	require.EqualValues(t, 5000, got[1]["count"])
	require.Len(t, got[1]["subjects"], 100)
}
