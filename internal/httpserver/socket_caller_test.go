package httpserver

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/apperr"
	"followgraph/internal/viewer"
)

func TestSocketAuthentication(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	for name, test := range map[string]struct {
		header, payload string
		caller          string
	}{
		"anonymous":               {"", "", ""},
		"empty header":            {" ", "", ""},
		"null payload":            {"", `null`, ""},
		"header":                  {"Bearer member", "", "8c0e4a1e"},
		"Authorization":           {"", `{"Authorization":"Bearer member"}`, "8c0e4a1e"},
		"authorization":           {"", `{"authorization":"bearer member"}`, "8c0e4a1e"},
		"token":                   {"", `{"token":"member"}`, "8c0e4a1e"},
		"token with scheme":       {"", `{"token":"Bearer member"}`, "8c0e4a1e"},
		"empty token":             {"", `{"token":"","authorization":null}`, ""},
		"payload before header":   {"Bearer member", `{"token":"operator"}`, "0b5"},
		"header beside a payload": {"Bearer member", `{"lang":"de"}`, "8c0e4a1e"},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.dialSocket(t, "Authorization", test.header)
			message := `{"type":"connection_init"}`
			if test.payload != "" {
				message = `{"type":"connection_init","payload":` + test.payload + `}`
			}
			c.send(t, message)
			require.JSONEq(t, `{"type":"connection_ack"}`, c.receive(t))
			c.subscribe(t, "a", `{ viewer { username } }`)
			require.Equal(t, test.caller == "", strings.Contains(c.receive(t), `"viewer":null`))
			c.subscribe(t, "b", askFollowers)
			require.Equal(t, test.caller, s.next(t).caller.CognitoID)
		})
	}
}

// endableSession is a session whose caller the test changes.
type endableSession struct {
	s       *streamServer
	session Session
	caller  chan func() (viewer.Viewer, error) // holds the current answer
}

func newEndableSession(s *streamServer, token string, expires time.Time) *endableSession {
	e := &endableSession{s: s, caller: make(chan func() (viewer.Viewer, error), 1)}
	e.caller <- func() (viewer.Viewer, error) {
		return viewer.Viewer{CognitoID: "c-" + token, Registered: true, Operator: true}, nil
	}
	e.session = Session{Expires: expires, Caller: func(context.Context) (viewer.Viewer, error) {
		answer := <-e.caller
		defer func() { e.caller <- answer }()
		return answer()
	}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[token] = e.session
	return e
}

// become changes the answer, and tells the server that the account has changed.
func (e *endableSession) become(ids []string, answer func() (viewer.Viewer, error)) {
	e.answer(answer)
	e.s.streams.Recheck(ids)
}

// answer changes the answer.
func (e *endableSession) answer(answer func() (viewer.Viewer, error)) {
	<-e.caller
	e.caller <- answer
}

func TestSocketEndsWithItsToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		become func() (viewer.Viewer, error)
		ids    []string
		code   closeCode
		reason string
	}{
		"revoked":         {func() (viewer.Viewer, error) { return viewer.Viewer{}, apperr.New(apperr.Unauthenticated, "ended") }, []string{"c-x"}, 4401, "no longer valid"},
		"deleted account": {func() (viewer.Viewer, error) { return viewer.Viewer{CognitoID: "c-x"}, nil }, []string{"other", "c-x"}, 4401, "deleted"},
		"lost role":       {func() (viewer.Viewer, error) { return viewer.Viewer{CognitoID: "c-x", Registered: true}, nil }, []string{"c-x"}, 4403, "role"},
		"any account":     {func() (viewer.Viewer, error) { return viewer.Viewer{}, apperr.New(apperr.Unauthenticated, "ended") }, nil, 4401, "no longer valid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStreamServer(t, nil)
			session := newEndableSession(s, "x", time.Time{})
			c := s.openSocket(t, "Authorization", "Bearer x")
			c.subscribe(t, "a", askFollowers)
			events := s.next(t)
			require.Equal(t, "c-x", events.caller.CognitoID)
			other := s.openSocket(t, "Authorization", "Bearer member")
			session.become(test.ids, test.become)
			c.requireClosed(t, test.code, test.reason)
			events.requireClosed(t)
			other.send(t, `{"type":"ping"}`)
			require.JSONEq(t, `{"type":"pong"}`, other.receive(t), "another caller's connection stays")
			s.awaitOpen(t, 1, 0)
		})
	}
}

func TestSocketTokenExpires(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	newEndableSession(s, "x", time.Now().Add(200*time.Millisecond))
	c := s.openSocket(t, "Authorization", "Bearer x")
	c.subscribe(t, "a", askFollowers)
	events := s.next(t)
	c.requireClosed(t, 4403, "expired")
	events.requireClosed(t)
}

// TestSocketWhileTheDatabaseIsAway: a caller who cannot be looked up keeps the connection until that is possible.
func TestSocketWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	session := newEndableSession(s, "x", time.Time{})
	c := s.openSocket(t, "Authorization", "Bearer x")
	looked := make(chan struct{}, 100)
	session.become([]string{"c-x"}, func() (viewer.Viewer, error) {
		looked <- struct{}{}
		return viewer.Viewer{}, apperr.New(apperr.Unavailable, "away")
	})
	<-looked
	<-looked // again by itself
	c.send(t, `{"type":"ping"}`)
	require.JSONEq(t, `{"type":"pong"}`, c.receive(t))
	<-session.caller
	session.caller <- func() (viewer.Viewer, error) { return viewer.Viewer{}, apperr.New(apperr.Unauthenticated, "ended") }
	c.requireClosed(t, 4401, "no longer valid")
}

// TestSocketChecksTheCallerOfEachOperation: without the stream of commits nothing tells that a token has ended.
func TestSocketChecksTheCallerOfEachOperation(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, nil)
	session := newEndableSession(s, "x", time.Time{})
	c := s.openSocket(t, "Authorization", "Bearer x")
	<-session.caller
	session.caller <- func() (viewer.Viewer, error) { return viewer.Viewer{}, apperr.New(apperr.Unauthenticated, "ended") }
	c.subscribe(t, "a", askUser)
	c.requireClosed(t, 4401, "no longer valid")
}
