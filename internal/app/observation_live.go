package app

import "followgraph/internal/live"

// observeLive adds the metrics of the log of commits. There are none with --graph=sql.
func (o *observation) observeLive(hub *live.Hub) {
	if o.metrics == nil || hub == nil {
		return
	}
	gauge := func(name, help string, value func(live.Status) float64) {
		o.metrics.Gauge(name, help, nil, func() float64 { return value(hub.Status()) })
	}
	counter := func(name, help string, value func(live.Status) float64) {
		o.metrics.Counter(name, help, nil, func() float64 { return value(hub.Status()) })
	}
	gauge("live_log_commits", "Commits in the log of subscriptions.", func(s live.Status) float64 { return float64(s.Commits) })
	gauge("live_log_changes", "Changes of follows and accounts in the log of subscriptions.", func(s live.Status) float64 { return float64(s.Changes) })
	gauge("live_log_seconds", "Time from the oldest to the newest commit in the log of subscriptions.", func(s live.Status) float64 { return s.Span.Seconds() })
	gauge("live_log_bytes", "Memory of the log of subscriptions.", func(s live.Status) float64 { return float64(s.Bytes) })
	gauge("live_subscribers", "Cursors in the log of subscriptions.", func(s live.Status) float64 { return float64(s.Subscriptions) })
	counter("live_wakeups_total", "Times that a commit has woken a subscription.", func(s live.Status) float64 { return float64(s.Woken) })
	counter("live_gaps_total", "Subscriptions that were refused or ended because changes after their position are not known.",
		func(s live.Status) float64 { return float64(s.Gaps) })
}
