package app

import (
	"math"
	"strconv"

	"followgraph/internal/mirror"
	"followgraph/internal/store"
)

// observeReplicas adds the metrics of the standbys that answer reads. There are none without standbys.
func (o *observation) observeReplicas(m *mirror.Mirror) {
	if o.metrics == nil || m == nil {
		return
	}
	all, _ := m.Replicas()
	if len(all) == 0 {
		return
	}
	o.metrics.Counter("replica_operations_total", "Operations whose reads of the graph standbys have answered.", nil, func() float64 {
		_, operations := m.Replicas()
		return float64(operations)
	})
	for i := range all {
		labels := func(name, value string) map[string]string {
			with := map[string]string{"replica": strconv.Itoa(all[i].Number)}
			if name != "" {
				with[name] = value
			}
			return with
		}
		status := func() mirror.ReplicaStatus {
			now, _ := m.Replicas()
			return now[i]
		}
		for _, state := range mirror.ReplicaStates {
			o.metrics.Gauge("replica_state", "State of a standby: 1 for the one that it is in. Only in the state ready it answers reads.",
				labels("state", string(state)), func() float64 { return bit(status().State == state) })
		}
		o.metrics.Gauge("replica_lag_seconds", "How far a standby is behind the last known position of the primary.", labels("", ""), func() float64 {
			if s := status(); s.State != mirror.ReplicaUnknown && s.State != mirror.ReplicaUnreachable {
				return s.Behind.Seconds()
			}
			return math.NaN()
		})
		o.metrics.Gauge("replica_statements_running", "Connections to a standby that are in use.", labels("", ""),
			func() float64 { return float64(status().InUse) })
		o.metrics.Counter("replica_statements_total", "Statements or rounds of statements that were sent to a standby.", labels("", ""),
			func() float64 { return float64(status().Reads) })
		for _, reason := range store.ReplicaReasons {
			o.metrics.Counter("replica_declined_total", "Statements that the primary ran because a standby did not answer them, by reason.",
				labels("reason", string(reason)), func() float64 { return float64(status().Declined[reason]) })
		}
	}
}
