// Package slowlog logs slow operations.
package slowlog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"time"

	"followgraph/internal/observe"
)

// Log logs each slow operation once, as a warning. Deliberate delays do not count, so a rejected sign-in is not slow.
// The line contains the name of the operation if its document is trusted. Otherwise it contains the start of the
// document's SHA-256, because the text may contain private values.
type Log struct {
	observe.Nothing
	threshold time.Duration
	log       *slog.Logger
}

// New returns a Log of the operations that take at least threshold.
func New(threshold time.Duration, log *slog.Logger) *Log {
	return &Log{threshold: threshold, log: log}
}

// hashBytes is the logged length of a document's hash: enough to distinguish the documents of one log.
const hashBytes = 8

// OperationEnds logs an operation if it was slow.
func (l *Log) OperationEnds(ctx context.Context, o observe.Operation) {
	if o.Took-o.Delayed < l.threshold {
		return
	}
	identity := slog.String("operation", o.Name)
	if o.Name == "" {
		hash := sha256.Sum256([]byte(o.Document))
		identity = slog.String("document", hex.EncodeToString(hash[:hashBytes]))
	}
	code := o.Code
	if code == "" {
		code = "OK"
	}
	l.log.LogAttrs(ctx, slog.LevelWarn, "slow operation", identity,
		slog.String("type", o.Type), slog.String("code", code), slog.Duration("duration", o.Took-o.Delayed), slog.Int("cost", o.Cost),
		slog.Int("statements", o.Statements), slog.Duration("sql", o.SQL), slog.Int("bytes", o.Bytes))
}
