package model_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
)

func TestPasswordHashDoesNotShow(t *testing.T) {
	t.Parallel()
	const secret = "$2a$12$secret"
	account := model.Account{CognitoID: "c-1", Password: secret}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{account, &account, account.Password, []model.PasswordHash{secret}, fmt.Errorf("%w: %v", errFor(account), account)} {
			require.NotContains(t, fmt.Sprintf(verb, value), "secret", verb)
			require.NotContains(t, fmt.Sprintf(verb, value), "736563726574", verb)
		}
	}
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("sign-in", "account", account, "pointer", &account, "hash", account.Password)
	}
	require.NotContains(t, log.String(), "secret")
	require.Contains(t, log.String(), "[redacted]")
}

func errFor(account model.Account) error { return fmt.Errorf("the account %+v", account) }
