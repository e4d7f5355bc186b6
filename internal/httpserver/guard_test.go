package httpserver

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/viewer"
)

// TestNoEventAfterItsToken: an event that comes after the change of an account is not sent to a stream whose token that
// change has ended, although no check of Recheck has looked at the account yet.
func TestNoEventAfterItsToken(t *testing.T) {
	t.Parallel()
	revoked := func() (viewer.Viewer, error) { return viewer.Viewer{}, apperr.New(apperr.Unauthenticated, "ended") }
	demoted := func() (viewer.Viewer, error) { return viewer.Viewer{CognitoID: "c-x", Registered: true}, nil }
	for name, test := range map[string]struct {
		become func() (viewer.Viewer, error)
		ids    []string
		code   apperr.Code
		close  closeCode
	}{
		"revoked":     {revoked, []string{"c-x"}, apperr.Unauthenticated, closeUnauthorized},
		"lost role":   {demoted, []string{"c-x"}, apperr.Forbidden, closeForbidden},
		"any account": {revoked, nil, apperr.Unauthenticated, closeUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStreamServer(t, func(o *Options) { o.Authenticate = alwaysOperator })
			session := newEndableSession(s, "x", time.Time{})
			socket := s.openSocket(t, "Authorization", "Bearer x")
			socket.subscribe(t, "a", askFollowers)
			first := s.next(t)
			body := s.openBody(t, "text/event-stream", askFollowers, "Authorization", "Bearer x")
			second := s.next(t)
			session.answer(test.become)
			require.Len(t, s.streams.noteChanges(test.ids), 2)
			first.send(`{"secret":1}`, "7")
			second.send(`{"secret":1}`, "7")
			socket.requireClosed(t, test.close, "")
			text, err := io.ReadAll(body.lines)
			require.NoError(t, err)
			require.NotContains(t, string(text), "secret")
			require.Contains(t, string(text), `"code":"`+string(test.code)+`"`)
			first.requireClosed(t)
			second.requireClosed(t)
		})
	}
}

// TestEventsAfterAChangeOfTheAccount: a change that does not end the token is looked at once, and events go on, also while
// the account cannot be looked at.
func TestEventsAfterAChangeOfTheAccount(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	session := newEndableSession(s, "x", time.Time{})
	c := s.openSocket(t, "Authorization", "Bearer x")
	c.subscribe(t, "a", askFollowers)
	events := s.next(t)
	asked := 0
	operator := func() (viewer.Viewer, error) {
		asked++
		return viewer.Viewer{CognitoID: "c-x", Registered: true, Operator: true}, nil
	}
	away := func() (viewer.Viewer, error) {
		asked++
		return viewer.Viewer{}, errors.New("the database is away")
	}
	send := func() {
		events.send(`{"n":1}`, "7")
		require.Contains(t, c.receive(t), `"n":1`)
	}
	for name, step := range map[string]struct {
		answer func() (viewer.Viewer, error)
		looks  int // for two events
	}{"a change": {operator, 1}, "the database is away": {away, 2}} {
		session.answer(step.answer)
		require.Len(t, s.streams.noteChanges([]string{"c-x"}), 1)
		asked = 0
		send()
		send()
		require.Equal(t, step.looks, asked, name)
	}
}
