package app

import (
	"math"
	"sync"
	"time"

	"followgraph/internal/mirror"
	"followgraph/internal/resident"
)

// statusFor is how long the metrics of one scrape share a status, so that they agree.
const statusFor = 100 * time.Millisecond

// statusReader returns a function that reads the status of the graph. Calls within statusFor get the same status.
func statusReader(m *mirror.Mirror) func() mirror.Status {
	var mu sync.Mutex
	var last mirror.Status
	var read time.Time
	return func() mirror.Status {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); read.IsZero() || now.Sub(read) > statusFor {
			last, read = m.Status(), now
		}
		return last
	}
}

// observeGraph adds the metrics of the graph in memory. There are none with --graph=sql.
func (o *observation) observeGraph(m *mirror.Mirror, maxMemory int64) {
	if o.metrics == nil || m == nil {
		return
	}
	status := statusReader(m)
	gauge := func(name, help string, labels map[string]string, value func(mirror.Status) float64) {
		o.metrics.Gauge(name, help, labels, func() float64 { return value(status()) })
	}
	counter := func(name, help string, labels map[string]string, value func(mirror.Status) float64) {
		o.metrics.Counter(name, help, labels, func() float64 { return value(status()) })
	}
	gauge("graph_in_memory", "Whether the graph is in memory: 1, or 0 if SQL answers all operations.", nil,
		func(s mirror.Status) float64 { return bit(s.Memory) })
	gauge("graph_database_reachable", "Whether the database answered when the graph last asked for its position.", nil,
		func(s mirror.Status) float64 { return bit(s.Reachable) })
	gauge("graph_position", "LSN of the newest commit in memory, as a number.", nil, ofVersion(func(s mirror.Status) float64 { return float64(s.Position.LSN) }))
	gauge("graph_age_seconds", "Time since the graph in memory was known to have every commit.", nil,
		ofVersion(func(s mirror.Status) float64 { return s.Age.Seconds() }))
	gauge("graph_lag_bytes", "Bytes of the database's log that are not in memory yet.", nil, ofVersion(func(s mirror.Status) float64 { return float64(s.Lag) }))
	gauge("graph_users", "Accounts in memory, or loaded so far.", nil, func(s mirror.Status) float64 { return float64(s.Users) })
	gauge("graph_follows", "Follows in memory, or loaded so far.", nil, func(s mirror.Status) float64 { return float64(s.Follows) })
	gauge("graph_loading", "Whether the graph is being loaded.", nil, func(s mirror.Status) float64 { return bit(s.Loading) })

	gauge("graph_memory_max_bytes", "Maximum memory of the graph.", nil, func(mirror.Status) float64 { return float64(maxMemory) })
	for part, of := range map[string]func(resident.Size) int64{
		"ids":          func(s resident.Size) int64 { return s.IDs },
		"users":        func(s resident.Size) int64 { return s.Users },
		"orders":       func(s resident.Size) int64 { return s.Orders },
		"nodes":        func(s resident.Size) int64 { return s.Nodes },
		"lists":        func(s resident.Size) int64 { return s.Lists },
		"index":        func(s resident.Size) int64 { return s.Index },
		"wide":         func(s resident.Size) int64 { return s.Wide },
		"transactions": func(s resident.Size) int64 { return s.Open },
	} {
		gauge("graph_memory_bytes", "Memory of the graph, by part.", map[string]string{"part": part},
			func(s mirror.Status) float64 { return float64(of(s.Size)) })
	}

	counter("graph_transactions_total", "Transactions that changed the graph in memory.", nil, func(s mirror.Status) float64 { return float64(s.Transactions) })
	counter("graph_rows_applied_total", "Changes of rows that were applied to the graph in memory.", nil, func(s mirror.Status) float64 { return float64(s.Rows) })
	counter("graph_delay_seconds_total", "Sum of the times from a commit to its version in memory, by the clocks of both machines.", nil,
		func(s mirror.Status) float64 { return s.Delayed.Seconds() })
	counter("graph_loads_total", "Complete loads of the graph.", nil, func(s mirror.Status) float64 { return float64(s.Loads) })
	for cause := range m.Status().Interruptions {
		counter("graph_interruptions_total", "Failed loads and ends of the stream of commits, by cause.", map[string]string{"cause": string(cause)},
			func(s mirror.Status) float64 { return float64(s.Interruptions[cause]) })
	}
	const operations = "Operations that read, by what answered them; for SQL, with the reason."
	counter("graph_operations_total", operations, map[string]string{"source": "memory", "reason": ""},
		func(s mirror.Status) float64 { return float64(s.FromMemory) })
	for reason := range m.Status().FromSQL {
		counter("graph_operations_total", operations, map[string]string{"source": "sql", "reason": string(reason)},
			func(s mirror.Status) float64 { return float64(s.FromSQL[reason]) })
	}
	counter("graph_waits_total", "Operations that waited for a commit to be in memory.", nil, func(s mirror.Status) float64 { return float64(s.Waits) })
	counter("graph_wait_seconds_total", "Time that operations waited for a commit to be in memory.", nil, func(s mirror.Status) float64 { return s.Waited.Seconds() })
}

func bit(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// ofVersion returns NaN while there is no graph in memory.
func ofVersion(value func(mirror.Status) float64) func(mirror.Status) float64 {
	return func(s mirror.Status) float64 {
		if !s.Memory {
			return math.NaN()
		}
		return value(s)
	}
}
