// Package meter measures one operation: its cost, its memory, and the number and time of its SQL statements.
package meter

import (
	"context"
	"sync/atomic"
	"time"
)

// Meter measures one operation. It is safe for concurrent use.
type Meter struct {
	cost       atomic.Int64
	statements atomic.Int64
	nanos      atomic.Int64
	holder     Holder
	delayed    atomic.Int64
}

// Holder counts the memory of an operation. Its error ends the operation.
type Holder interface{ Hold(bytes int) error }

type key struct{}

// With returns a context whose statements are charged to a new Meter.
func With(ctx context.Context) (context.Context, *Meter) {
	m := new(Meter)
	return context.WithValue(ctx, key{}, m), m
}

// From returns the Meter of ctx, or nil.
func From(ctx context.Context) *Meter {
	m, _ := ctx.Value(key{}).(*Meter)
	return m
}

// Add charges one statement. d is the time from sending it to reading its last row.
func (m *Meter) Add(d time.Duration) {
	m.statements.Add(1)
	m.nanos.Add(int64(d))
}

// Join adds the statements of another meter, which ran for several operations at once.
func (m *Meter) Join(other *Meter) {
	m.statements.Add(other.statements.Load())
	m.nanos.Add(other.nanos.Load())
}

// SetHolder sets the counter of the operation's memory. It must be called before the operation runs.
func (m *Meter) SetHolder(holder Holder) { m.holder = holder }

// Hold counts bytes before the operation allocates them. After an error of the Holder, the operation must not allocate
// them.
func (m *Meter) Hold(bytes int) error {
	if m == nil || m.holder == nil {
		return nil
	}
	return m.holder.Hold(bytes)
}

// Delay adds time that the operation had to wait on purpose, such as for a slot or before a rejection. It does not
// count as work. A nil Meter ignores it.
func (m *Meter) Delay(d time.Duration) {
	if m != nil {
		m.delayed.Add(int64(d))
	}
}

// Delayed returns the total time that the operation had to wait on purpose.
func (m *Meter) Delayed() time.Duration { return time.Duration(m.delayed.Load()) }

// SetCost sets the cost of the operation, which is known before it runs. A nil Meter ignores it.
func (m *Meter) SetCost(cost int) {
	if m != nil {
		m.cost.Store(int64(cost))
	}
}

// Cost returns the cost of the operation, 0 if it is unknown.
func (m *Meter) Cost() int { return int(m.cost.Load()) }

// Statements returns the number of statements so far.
func (m *Meter) Statements() int { return int(m.statements.Load()) }

// Time returns the sum of the statements' times. Each of several parallel statements counts in full.
func (m *Meter) Time() time.Duration { return time.Duration(m.nanos.Load()) }
