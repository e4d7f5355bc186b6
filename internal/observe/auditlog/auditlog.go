// Package auditlog logs actions on accounts, one line per action: actor, action, outcome and subject.
package auditlog

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"followgraph/internal/observe"
)

// Log logs each observe.AccountEvent with the message "account". Reads of private fields by an operator are one line
// per operation, written at its end.
type Log struct {
	observe.Nothing
	log *slog.Logger
}

// New returns a Log.
func New(log *slog.Logger) *Log { return &Log{log: log} }

// maxSubjects is the maximum number of account ids in one line.
const maxSubjects = 100

type readsKey struct{}

// reads collects the accounts whose private fields one operation has read.
type reads struct {
	mu    sync.Mutex
	event observe.AccountEvent // whose Subjects are the first maxSubjects
	count int                  // accounts read; an account that was read twice counts twice
}

// OperationBegins starts to collect the reads of an operation.
func (l *Log) OperationBegins(ctx context.Context) context.Context {
	return context.WithValue(ctx, readsKey{}, &reads{})
}

// OperationEnds logs the reads of the operation, if there are any.
func (l *Log) OperationEnds(ctx context.Context, _ observe.Operation) {
	r, ok := ctx.Value(readsKey{}).(*reads)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count > 0 {
		l.write(ctx, r.event, r.count)
	}
}

// Account logs an event. It collects reads until the operation ends.
func (l *Log) Account(ctx context.Context, e observe.AccountEvent) {
	r, ok := ctx.Value(readsKey{}).(*reads)
	if !ok || e.Action != observe.ReadPrivate {
		l.write(ctx, e, len(e.Subjects))
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	subjects := r.event.Subjects
	subjects = append(subjects, e.Subjects[:min(len(e.Subjects), maxSubjects-len(subjects))]...)
	r.count += len(e.Subjects)
	r.event = e
	r.event.Subjects = subjects
}

// write logs one line. docs/operations.md documents the names of its attributes.
func (l *Log) write(ctx context.Context, e observe.AccountEvent, subjects int) {
	attributes := make([]slog.Attr, 0, 10)
	add := func(name, value string) {
		if value != "" {
			attributes = append(attributes, slog.String(name, value))
		}
	}
	add("action", string(e.Action))
	add("outcome", string(e.Outcome))
	add("code", e.Code)
	add("reason", string(e.Reason))
	add("actor", e.Actor)
	if e.Action == observe.ReadPrivate {
		named := e.Subjects[:min(len(e.Subjects), maxSubjects)]
		attributes = append(attributes, slog.Int("count", subjects), slog.Any("subjects", named))
	} else {
		add("subject", strings.Join(e.Subjects, " "))
	}
	add("role", e.Role)
	add("fields", strings.Join(e.Fields, " "))
	if e.Address.IsValid() {
		add("address", e.Address.String())
	}
	l.log.LogAttrs(ctx, slog.LevelInfo, "account", attributes...)
}
