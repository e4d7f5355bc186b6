// Package observe says what the rooms of the server tell of their work to whoever observes it, such as metrics, traces and
// logs. What is told is bounded: no text of a client's, no variable and no private field is among it, but for
// Operation.Document, which is for hashing alone.
package observe

import (
	"context"
	"net/http"
	"time"
)

// Observer is told of work as it begins and ends. Its methods are called on the path of every request, by many goroutines
// at once: they must be cheap, must not wait and must not panic. What begins returns the context in which the work is
// done, and what ends gets that context, so that an observer can keep there what it needs to know at the end.
//
// Embed Nothing for the methods that an observer has no use for.
type Observer interface {
	// RequestBegins is told of a request to the GraphQL endpoint, before anything is read of its body.
	RequestBegins(ctx context.Context, method string, header http.Header) context.Context
	// RequestEnds is told when its answer has been written.
	RequestEnds(ctx context.Context, r Request)
	// Refused is told of a request that was turned away for the sake of others. It has an answer all the same.
	Refused(ctx context.Context, reason Refusal)

	// OperationBegins is told of an operation that is about to be executed.
	OperationBegins(ctx context.Context) context.Context
	// OperationEnds is told of what became of it. Operations that were refused end without having begun.
	OperationEnds(ctx context.Context, o Operation)

	// Wave is told how many batches are sent side by side.
	Wave(ctx context.Context, batches int)
	// Overdue is told how many batches are sent because nothing joined them for a while, although lookups were announced that
	// might have: a fault of the server's, which costs the operation a quarter of a second. Wave is told of them as well.
	Overdue(ctx context.Context, batches int)
	// BatchBegins is told of lookups of one kind that are made together.
	BatchBegins(ctx context.Context, b Batch) context.Context
	// BatchEnds is told when they have been answered; err is theirs.
	BatchEnds(ctx context.Context, b Batch, err error)

	// GroupBegins is told of writes of several callers that are done together.
	GroupBegins(ctx context.Context, g Group) context.Context
	// GroupEnds is told when they are done; err is theirs.
	GroupEnds(ctx context.Context, g Group, err error)

	// Account is told of what a caller did with accounts, or tried to do. Of ReadPrivate it is told once for each batch.
	Account(ctx context.Context, e AccountEvent)

	// Statement is told of an SQL statement whose rows have been read.
	Statement(ctx context.Context, s Statement)
}

// Request is what a request took.
type Request struct {
	Method string // as the client sent it
	Status int    // 0 where there is no answer, because the client left
	Read   int64  // bytes of the body that were read
	Sent   int64  // bytes of the answer's body, as they went out
	Took   time.Duration
}

// Refusal is why a request was turned away.
type Refusal string

// The refusals.
const (
	Shed        Refusal = "shed"         // the instance had as much to do as it can
	RateLimited Refusal = "rate_limited" // the caller had used up its budget
)

// Operation is what became of an operation.
type Operation struct {
	Name       string        // of an operation of a trusted document; empty where it has none or the document is anybody's
	Trusted    bool          // whether the document is a trusted one
	Type       string        // query, mutation, subscription; empty where that was not found out
	Document   string        // its text: never to be told on, it may hold private values
	Code       string        // of the error that matters most; empty where there is none
	Ran        bool          // whether its execution began
	Took       time.Duration // since its document was looked at; 0 where it never was
	Delayed    time.Duration // of Took: it was made to wait on purpose, see meter.Meter.Delay
	Cost       int           // see meter.Meter.Cost
	Statements int
	SQL        time.Duration // the sum of the statements' times
	Bytes      int           // of its data, before compression
}

// Batch is lookups that are made together.
type Batch struct {
	Relation string // what is looked up
	Keys     int
}

// Group is writes that are done together.
type Group struct {
	Name    string            // of their statement
	Keys    int               // how many writes
	Callers []context.Context // of the writes, in the order of their arrival
}

// Statement is an SQL statement that has been run.
type Statement struct {
	Name       string // of its file, without .sql; "ent" of a statement that ent made, "other" of any other
	Begin, End time.Time
	Failed     string // empty where it did not; else PostgreSQL's SQLSTATE, "canceled" or "connection"
}
