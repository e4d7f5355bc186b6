package httpserver

import (
	"context"
	"errors"
	"strings"

	"followgraph/internal/apperr"
	"followgraph/internal/viewer"
)

// initialize identifies the caller of a connection by connection_init, or else by the header of the handshake.
func (s *socket) initialize(payload []byte) *closing {
	s.mu.Lock()
	if s.state != socketOpened {
		s.mu.Unlock()
		return &closing{closeTooManyInits, "Too many initialisation requests"}
	}
	s.state = socketInitializing
	s.timer.Reset(s.api.streams.options.KeepAlive)
	s.mu.Unlock()

	authorization := s.authorization
	s.authorization = nil
	s.caller = viewer.Viewer{Address: s.address}
	if given := authorizationOf(payload); given != nil {
		authorization = given
	}
	for _, value := range authorization {
		if notEmpty(value) {
			if end := s.signIn(authorization); end != nil {
				return end
			}
			break
		}
	}
	noteCaller(s.ctx, s.caller.CognitoID)
	s.operating = viewer.With(s.ctx, s.caller)
	s.holder = s.api.streams.holder(s.address, s.caller)
	s.out = &outlet{ctx: s.operating, timeout: s.api.timeout, log: s.api.log, to: s, guard: s.guard}
	s.mu.Lock()
	s.state = socketAcknowledged
	s.mu.Unlock()
	_ = s.send(messageAck, "", nil, nil)
	return nil
}

// authorizationOf returns the value of the header Authorization in the payload of connection_init, nil if it has none.
// Clients write it as Authorization, authorization or, without the scheme, token.
func authorizationOf(payload []byte) (values []string) {
	if payload == nil {
		return nil
	}
	for at, rest, ok := nextMember(payload[1:]); ok; at, rest, ok = nextMember(rest) {
		isHeader, isToken := strings.EqualFold(at.name, "authorization"), at.name == "token"
		if !isHeader && !isToken || at.value[0] == 'n' {
			continue
		}
		value := "" // also if it is not a string: it is then refused as malformed
		if at.value[0] == '"' {
			readString(at.value, &value)
			if isToken && notEmpty(value) && !strings.ContainsRune(strings.TrimSpace(value), ' ') {
				value = "Bearer " + value
			}
		} else {
			value = "malformed"
		}
		values = append(values, value)
	}
	return values
}

// signIn identifies the caller of a connection by the value of the header Authorization.
func (s *socket) signIn(authorization []string) *closing {
	token, ok := bearer(authorization)
	if !ok {
		return &closing{closeForbidden, "Forbidden: connection_init must have one Authorization of the form Bearer TOKEN"}
	}
	ctx, cancel := context.WithTimeout(viewer.With(s.ctx, viewer.Viewer{Address: s.address}), s.api.timeout)
	defer cancel()
	session, err := s.api.identify(ctx, token)
	if err == nil {
		s.caller, err = session.Caller(ctx)
	}
	if err != nil {
		return refusedCaller(err)
	}
	s.caller.Address = s.address
	s.guard = s.api.streams.guard(session, s.caller, func(end tokenEnd) {
		go s.close(closing{end.code, limitReason(end.err.Message)})
	})
	if _, end, err := s.guard.now(ctx); end != nil {
		return &closing{end.code, limitReason(end.err.Message)}
	} else if err != nil {
		return refusedCaller(err)
	}
	return nil
}

// refusedCaller returns the end of a connection whose caller cannot be identified.
func refusedCaller(err error) *closing {
	ours, ok := errors.AsType[*apperr.Error](err)
	switch {
	case !ok && !errors.Is(err, context.DeadlineExceeded):
		return &closing{closeInternalError, "Internal server error"}
	case !ok:
		return &closing{closeTryLater, "Try again later: the caller could not be identified in time"}
	case ours.Code == apperr.Unauthenticated, ours.Code == apperr.BadRequest:
		return &closing{closeForbidden, limitReason("Forbidden: " + ours.Message)}
	default:
		return &closing{closeTryLater, limitReason("Try again later: " + ours.Message)}
	}
}
