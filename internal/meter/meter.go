// Package meter measures what one operation takes: its cost, the number of its SQL statements and their time.
package meter

import (
	"context"
	"sync/atomic"
	"time"
)

// Meter adds up what one operation takes. It is safe for concurrent use.
type Meter struct {
	cost       atomic.Int64
	statements atomic.Int64
	nanos      atomic.Int64
}

type key struct{}

// With returns a context whose statements are charged to a new Meter.
func With(ctx context.Context) (context.Context, *Meter) {
	m := new(Meter)
	return context.WithValue(ctx, key{}, m), m
}

// From returns the Meter of ctx, nil where it has none.
func From(ctx context.Context) *Meter {
	m, _ := ctx.Value(key{}).(*Meter)
	return m
}

// Add charges one statement that took d, from being sent to its last row being read.
func (m *Meter) Add(d time.Duration) {
	m.statements.Add(1)
	m.nanos.Add(int64(d))
}

// Join charges what another meter has been charged: of statements that ran for several operations at once.
func (m *Meter) Join(other *Meter) {
	m.statements.Add(other.statements.Load())
	m.nanos.Add(other.nanos.Load())
}

// SetCost notes what the operation may cost, found before it runs. A nil Meter takes no note.
func (m *Meter) SetCost(cost int) {
	if m != nil {
		m.cost.Store(int64(cost))
	}
}

// Cost is the number of objects that the operation can return, 0 where nobody has found out.
func (m *Meter) Cost() int { return int(m.cost.Load()) }

// Statements is the number of statements charged so far.
func (m *Meter) Statements() int { return int(m.statements.Load()) }

// Time is the sum of their durations; statements that ran side by side count each.
func (m *Meter) Time() time.Duration { return time.Duration(m.nanos.Load()) }
