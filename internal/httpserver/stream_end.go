package httpserver

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"syscall"
	"time"

	"followgraph/internal/apperr"
	"followgraph/internal/observe"
)

// endOfConnection returns the reason why a subscription ends with an error of its connection. A client that does not read
// exceeds the deadline of a write, or the limit of the kernel, which a read reports too.
func endOfConnection(err error) observe.SubscriptionEnd {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT) || errors.Is(err, errNoMemory) {
		return observe.EndedBySlowness
	}
	return observe.EndedByClient
}

// endOf returns the reason why a subscription ends with an error.
func endOf(err error) observe.SubscriptionEnd {
	switch apperr.CodeOf(err) {
	case apperr.PositionExpired:
		return observe.EndedByPosition
	case apperr.Unauthenticated, apperr.Forbidden:
		return observe.EndedByToken
	default:
		return observe.EndedByError
	}
}

// errorResponse returns the response of a stream that ends because of an error, in JSON without line breaks.
func (h *graphQL) errorResponse(ctx context.Context, err error) []byte {
	var body bytes.Buffer
	encode(&body, h.server.Refuse(ctx, nil, refusalOf(err).errors()))
	return bytes.TrimSpace(body.Bytes())
}

// streamLine is what the log says of a stream that has ended.
type streamLine struct {
	transport observe.Transport
	end       observe.SubscriptionEnd
	code      closeCode // of a WebSocket
	events    int
	took      time.Duration
	address   netip.Addr
	caller    string
}

// logStream logs the end of a stream. The line of its request was logged when the stream began.
func (h *graphQL) logStream(ctx context.Context, line streamLine) {
	if !h.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	attributes := []slog.Attr{
		slog.String("transport", string(line.transport)), slog.String("end", string(line.end)),
		slog.Int("events", line.events), slog.Duration("duration", line.took),
	}
	if line.code != 0 {
		attributes = append(attributes, slog.Int("code", int(line.code)))
	}
	if line.address.IsValid() {
		attributes = append(attributes, slog.String("address", line.address.String()))
	}
	if line.caller != "" {
		attributes = append(attributes, slog.String("caller", line.caller))
	}
	h.log.LogAttrs(ctx, slog.LevelInfo, "stream ended", attributes...)
}
