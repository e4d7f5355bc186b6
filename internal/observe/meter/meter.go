// Package meter measures what one operation takes: its cost, its memory, the number of its SQL statements and their time.
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
	holder     Holder
	delayed    atomic.Int64
}

// Holder counts the memory that an operation holds. Its error ends the operation.
type Holder interface{ Hold(bytes int) error }

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

// SetHolder says who counts the operation's memory. It must be called before the operation runs.
func (m *Meter) SetHolder(holder Holder) { m.holder = holder }

// Hold counts bytes that the operation holds from now on. The error is the Holder's: the operation must not hold them.
func (m *Meter) Hold(bytes int) error {
	if m == nil || m.holder == nil {
		return nil
	}
	return m.holder.Hold(bytes)
}

// Delay notes that the operation was made to wait on purpose, such as for its place or because it is refused: that is no
// work. A nil Meter takes no note.
func (m *Meter) Delay(d time.Duration) {
	if m != nil {
		m.delayed.Add(int64(d))
	}
}

// Delayed is the sum of the times that the operation was made to wait on purpose.
func (m *Meter) Delayed() time.Duration { return time.Duration(m.delayed.Load()) }

// SetCost notes what the operation may cost, found before it runs. A nil Meter takes no note.
func (m *Meter) SetCost(cost int) {
	if m != nil {
		m.cost.Store(int64(cost))
	}
}

// Cost is what the operation may cost, 0 where it is not known.
func (m *Meter) Cost() int { return int(m.cost.Load()) }

// Statements is the number of statements charged so far.
func (m *Meter) Statements() int { return int(m.statements.Load()) }

// Time is the sum of their durations; statements that ran side by side count each.
func (m *Meter) Time() time.Duration { return time.Duration(m.nanos.Load()) }
