package httpserver

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// positionHeader is the header with the position of a commit. A request sends the newest one that its client has seen;
// the answer is not older.
const positionHeader = "Followgraph-Position"

// Snapshots decides at which commit operations read.
type Snapshots interface {
	// Begin returns a context for an operation that reads at a commit not before a position; empty for any. The error
	// says what is wrong with a malformed position.
	Begin(ctx context.Context, after string) (context.Context, Snapshot, error)
}

// Snapshot is what one operation reads.
type Snapshot interface {
	// Pin chooses what the operation reads. ok reports whether it is memory; version then names the version of the
	// graph, equal names for equal graphs.
	Pin(ctx context.Context) (version string, ok bool)
	// End returns the position of the answer, empty for none, and how old its data may be; 0 if it is current.
	End(ctx context.Context) (position string, age time.Duration)
}

// snapshot begins the snapshot of a request. It is nil if there are none.
func (h *graphQL) snapshot(ctx context.Context, r *http.Request) (context.Context, Snapshot, *refusal) {
	if h.snapshots == nil {
		return ctx, nil, nil
	}
	values := r.Header.Values(positionHeader)
	after := ""
	switch len(values) {
	case 0:
	case 1:
		after = values[0]
	default:
		return ctx, nil, badRequest(http.StatusBadRequest, "the request must have at most one header %s", positionHeader)
	}
	ctx, snapshot, err := h.snapshots.Begin(ctx, after)
	if err != nil {
		return ctx, nil, badRequest(http.StatusBadRequest, "the header %s is malformed: %s", positionHeader, err)
	}
	return ctx, snapshot, nil
}

// setPosition reports what the operation has read.
func setPosition(ctx context.Context, header http.Header, snapshot Snapshot) {
	if snapshot == nil {
		return
	}
	position, age := snapshot.End(ctx)
	if position != "" {
		header[positionHeader] = []string{position}
	}
	if seconds := int(age / time.Second); seconds > 0 {
		header.Set("Age", strconv.Itoa(seconds)) // RFC 9111, 5.1
	}
}
