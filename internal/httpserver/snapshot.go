package httpserver

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// positionHeader has the position of an answer's data. A client that sends it back gets no older data. The name is in
// the canonical form of net/http.
const positionHeader = "Followgraph-Position"

// Snapshots chooses the commit at which each operation reads.
type Snapshots interface {
	// Begin returns a context for an operation whose data must not be older than a position: the text of the request
	// header, empty for none. The error says what is wrong with a malformed position; the client sees it.
	Begin(ctx context.Context, after string) (context.Context, Snapshot, error)
}

// Snapshot is what one operation reads.
type Snapshot interface {
	// Pin chooses what the operation reads, unless it was chosen before. ok reports whether memory answers; version then
	// names the version of the graph. Equal versions are equal graphs.
	Pin(ctx context.Context) (version string, ok bool)
	// End returns the position of the answer, empty for none, and how old its data may be, 0 if it is current. If the
	// operation read nothing, the position is that of the request.
	End(ctx context.Context) (position string, age time.Duration)
}

// currentSnapshot is the Snapshot without Options.Snapshots: SQL reads the newest commit, and answers have no position.
type currentSnapshot struct{}

func (currentSnapshot) Pin(context.Context) (string, bool)          { return "", false }
func (currentSnapshot) End(context.Context) (string, time.Duration) { return "", 0 }

// snapshot begins the snapshot of a request. It refuses a malformed position, and thereby several in one header (RFC
// 9110, 5.3). An empty one is none. source names where the position comes from.
func (h *graphQL) snapshot(ctx context.Context, after, source string) (context.Context, Snapshot, *refusal) {
	if h.snapshots == nil {
		return ctx, currentSnapshot{}, nil
	}
	begun, snapshot, err := h.snapshots.Begin(ctx, after)
	if err != nil {
		return ctx, currentSnapshot{}, badRequest(http.StatusBadRequest, "%s is malformed: %s", source, err)
	}
	return begun, snapshot, nil
}

// positionAfter returns the position after which a subscription begins, empty for none: that of the last event that an
// event stream has received, or else one of the request.
func positionAfter(r *http.Request, params *parameters) (string, *refusal) {
	if last := strings.Join(r.Header["Last-Event-Id"], ", "); last != "" {
		return last, nil
	}
	position, refused := params.position()
	if position == "" {
		position = strings.Join(r.Header[positionHeader], ", ")
	}
	return position, refused
}

// setPosition ends a snapshot and sets the headers about it. Age is in whole seconds, rounded up, so that it is never
// less than the age (RFC 9111, 5.1). Data of less than a second has none.
func setPosition(ctx context.Context, header http.Header, snapshot Snapshot) {
	position, age := snapshot.End(ctx)
	if position != "" {
		header[positionHeader] = []string{position}
	}
	if age >= time.Second {
		header["Age"] = []string{strconv.FormatInt(int64((age+time.Second-1)/time.Second), 10)}
	}
}
