// Package slowlog logs the operations that took long.
package slowlog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"time"

	"followgraph/internal/observe"
)

// Log logs each operation that took longer than a time, once, at the level of warnings. The time that an operation was
// made to wait on purpose does not count: a refused sign-in is not a slow operation. Of a document it tells the name
// of its operation where that is a trusted one, and the beginning of its SHA-256 otherwise: a text may hold private values.
type Log struct {
	observe.Nothing
	threshold time.Duration
	log       *slog.Logger
}

// New makes a Log of the operations that took at least threshold.
func New(threshold time.Duration, log *slog.Logger) *Log {
	return &Log{threshold: threshold, log: log}
}

// hashBytes is how much of a document's hash is told: enough to tell the documents of one log apart.
const hashBytes = 8

// OperationEnds logs an operation that took long.
func (l *Log) OperationEnds(ctx context.Context, o observe.Operation) {
	if o.Took-o.Delayed < l.threshold {
		return
	}
	who := slog.String("operation", o.Name)
	if o.Name == "" {
		hash := sha256.Sum256([]byte(o.Document))
		who = slog.String("document", hex.EncodeToString(hash[:hashBytes]))
	}
	code := o.Code
	if code == "" {
		code = "OK"
	}
	l.log.LogAttrs(ctx, slog.LevelWarn, "slow operation", who,
		slog.String("type", o.Type), slog.String("code", code), slog.Duration("duration", o.Took-o.Delayed), slog.Int("cost", o.Cost),
		slog.Int("statements", o.Statements), slog.Duration("sql", o.SQL), slog.Int("bytes", o.Bytes))
}
