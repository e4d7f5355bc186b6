// Package observe defines the events of the server that metrics, traces and logs observe. Events are bounded: they
// contain no client text, variable or private field, except Operation.Document, which observers may only hash.
package observe

import (
	"context"
	"net/http"
	"time"
)

// Observer receives the events of the server. Many goroutines call its methods on the path of every request, so they
// must be cheap, and must not block or panic. A method whose name ends in Begins returns the context of the work, and
// the method that ends in Ends receives it. An observer can store values in that context.
//
// Embed Nothing to ignore events.
type Observer interface {
	// RequestBegins is called for a request to the GraphQL endpoint, before its body is read.
	RequestBegins(ctx context.Context, method string, header http.Header) context.Context
	// RequestEnds is called after the response has been written.
	RequestEnds(ctx context.Context, r Request)
	// Refused is called for a request that was rejected to protect the server or other callers. RequestEnds is called,
	// too.
	Refused(ctx context.Context, reason Refusal)

	// OperationBegins is called before an operation is executed.
	OperationBegins(ctx context.Context) context.Context
	// OperationEnds is called with the result of an operation. It is called for rejected operations, too, without
	// OperationBegins.
	OperationEnds(ctx context.Context, o Operation)

	// SubscriptionBegins is called after a subscription has begun on a transport.
	SubscriptionBegins(ctx context.Context, transport Transport)
	// SubscriptionSent is called after an event of a subscription was written to its connection, with its length in
	// bytes.
	SubscriptionSent(ctx context.Context, transport Transport, bytes int)
	// SubscriptionEnds is called after a subscription that has begun.
	SubscriptionEnds(ctx context.Context, s Subscription)

	// Wave is called with the number of batches that are sent in parallel.
	Wave(ctx context.Context, batches int)
	// Overdue is called with the number of batches that the safety timer sent, because announced lookups did not
	// arrive. That is a fault of the server and costs the operation a quarter of a second. Wave is called for these
	// batches, too.
	Overdue(ctx context.Context, batches int)
	// BatchBegins is called before a batch of lookups of one kind.
	BatchBegins(ctx context.Context, b Batch) context.Context
	// BatchEnds is called after the batch, with its error.
	BatchEnds(ctx context.Context, b Batch, err error)

	// GroupBegins is called before one statement writes for several callers.
	GroupBegins(ctx context.Context, g Group) context.Context
	// GroupEnds is called after the statement, with its error.
	GroupEnds(ctx context.Context, g Group, err error)

	// Account is called after an action on accounts. For ReadPrivate it is called once per batch.
	Account(ctx context.Context, e AccountEvent)

	// Statement is called after the rows of an SQL statement have been read.
	Statement(ctx context.Context, s Statement)
}

// Request describes a finished request.
type Request struct {
	Method string // as the client sent it
	Status int    // 0 if the client disconnected before the response
	Read   int64  // bytes read of the body
	Sent   int64  // bytes sent of the response's body, after compression
	Took   time.Duration
}

// Refusal is the reason why a request was rejected.
type Refusal string

// The refusals.
const (
	Shed        Refusal = "shed"         // the instance is overloaded
	RateLimited Refusal = "rate_limited" // the caller's budget is spent
)

// Operation describes a finished or rejected operation.
type Operation struct {
	Name       string        // of a trusted document's operation; empty without a name, and for other documents
	Trusted    bool          // the document is trusted
	Type       string        // query, mutation, subscription; empty if unknown
	Document   string        // its text, which may contain private values: observers may only hash it
	Code       string        // of the most severe error; empty without an error
	Ran        bool          // execution has begun
	Took       time.Duration // since parsing began; 0 if the document was never parsed
	Delayed    time.Duration // part of Took that the operation had to wait on purpose, see meter.Meter.Delay
	Cost       int           // see meter.Meter.Cost
	Statements int
	SQL        time.Duration // sum of the statements' times
	Bytes      int           // size of its data, before compression
}

// Transport is how the events of a subscription reach the client.
type Transport string

// The transports.
const (
	WebSocket   Transport = "websocket"
	EventStream Transport = "sse"
	Multipart   Transport = "multipart"
)

// Transports are all transports.
var Transports = []Transport{WebSocket, EventStream, Multipart}

// SubscriptionEnd is the reason why a subscription ended.
type SubscriptionEnd string

// The reasons.
const (
	EndedByClient   SubscriptionEnd = "client"   // the client completed it, or closed the connection
	EndedByToken    SubscriptionEnd = "token"    // the caller's token, account or role ended
	EndedByPosition SubscriptionEnd = "position" // the changes after its position are unknown
	EndedBySlowness SubscriptionEnd = "slow"     // the client did not read, or did not answer a ping
	EndedByStop     SubscriptionEnd = "stop"     // the server stopped
	EndedByError    SubscriptionEnd = "error"    // any other error
)

// SubscriptionEnds are all reasons.
var SubscriptionEnds = []SubscriptionEnd{
	EndedByClient, EndedByToken, EndedByPosition, EndedBySlowness, EndedByStop, EndedByError,
}

// Subscription describes a subscription that has ended.
type Subscription struct {
	Transport Transport
	End       SubscriptionEnd
	Took      time.Duration
	Events    int // that were sent
}

// Batch is a batch of lookups.
type Batch struct {
	Relation string // what is looked up
	Keys     int
}

// Group is a group of writes that one statement makes.
type Group struct {
	Name    string            // of the statement
	Keys    int               // number of writes
	Callers []context.Context // of the writes, in order of arrival
}

// Server is the role of a database server.
type Server string

// The roles.
const (
	ServerPrimary Server = "primary" // the server at the database's URL, whatever it is
	ServerReplica Server = "replica" // a standby that answers reads
)

// Statement describes a finished SQL statement.
type Statement struct {
	Name       string // of its file without .sql; "ent" for a statement of ent, "other" for any other
	Server     Server // that executed it
	Begin, End time.Time
	Failed     string // PostgreSQL's SQLSTATE, "canceled" or "connection"; empty on success
}
