// Package auditlog logs who did what to which account, one line each.
package auditlog

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"followgraph/internal/observe"
)

// Log logs each observe.AccountEvent with the message "account". What an operator reads of others is one line for an
// operation, at its end.
type Log struct {
	observe.Nothing
	log *slog.Logger
}

// New makes a Log.
func New(log *slog.Logger) *Log { return &Log{log: log} }

// maxSubjects is how many ids of others' accounts one line has, at most.
const maxSubjects = 100

type readsKey struct{}

// reads is what one operation has read of others' accounts.
type reads struct {
	mu    sync.Mutex
	event observe.AccountEvent // whose Subjects are the first maxSubjects
	count int                  // of accounts that were read; one that was read twice counts twice
}

// OperationBegins makes room for what the operation reads.
func (l *Log) OperationBegins(ctx context.Context) context.Context {
	return context.WithValue(ctx, readsKey{}, &reads{})
}

// OperationEnds logs what the operation has read of others' accounts, if it has.
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

// Account logs an event, or keeps it until its operation ends.
func (l *Log) Account(ctx context.Context, e observe.AccountEvent) {
	r, ok := ctx.Value(readsKey{}).(*reads)
	if !ok || e.Action != observe.ReadPrivate {
		l.write(ctx, e, len(e.Subjects))
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.event.Subjects
	kept = append(kept, e.Subjects[:min(len(e.Subjects), maxSubjects-len(kept))]...)
	r.count += len(e.Subjects)
	r.event = e
	r.event.Subjects = kept
}

// write logs one line. The names of its attributes are part of what the operations manual promises.
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
