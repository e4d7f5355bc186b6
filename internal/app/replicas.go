package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"followgraph/internal/apperr"
	"followgraph/internal/config"
	"followgraph/internal/httpserver"
	"followgraph/internal/mirror"
	"followgraph/internal/observe"
	"followgraph/internal/store"
)

// openReplicas opens the standbys that answer reads. They need not be reachable.
func openReplicas(ctx context.Context, urls []string, options store.Options) (replicas []*store.Replica, closeAll func(), err error) {
	closeAll = func() { //nolint:contextcheck // ctx has ended by then
		for _, r := range replicas {
			r.Close()
		}
	}
	for i, url := range urls {
		err := checkDatabaseFiles(url)
		if err == nil {
			var opened *store.Replica
			if opened, err = store.OpenReplica(ctx, url, options); err == nil {
				replicas = append(replicas, opened)
				continue
			}
		}
		closeAll()
		return nil, func() {}, fmt.Errorf("--replica-url %d: %w", i+1, err)
	}
	return replicas, closeAll, nil
}

// replicaOptions are the options of each standby: as many connections as the primary may have.
func replicaOptions(c config.Database, observer observe.Observer) store.Options {
	return store.Options{MaxConns: int32(c.MaxConnections), Observer: observer}
}

// readyWithReplicas returns a check that names the standbys that are left out. If the database is away and a standby
// answers, it passes with limits.
func readyWithReplicas(m *mirror.Mirror, check func(context.Context) error) func(context.Context) error {
	if m == nil {
		return check
	}
	return func(ctx context.Context) error {
		all, _ := m.Replicas()
		if len(all) == 0 {
			return check(ctx)
		}
		bounded, cancel := context.WithTimeout(ctx, databaseTime)
		defer cancel()
		err := check(bounded)
		if code := apperr.CodeOf(err); code == apperr.Unavailable || code == apperr.Timeout {
			if age, ok := m.ReplicasAnswer(); ok {
				return httpserver.Limited(fmt.Sprintf(
					"the database does not answer: reads come from its standbys, up to %s old, and writes fail with UNAVAILABLE", age.Round(1e9)))
			}
			return err
		}
		if err != nil {
			return err
		}
		if out := leftOut(all); out != "" {
			return httpserver.Limited(out + ": the database answers instead")
		}
		return nil
	}
}

// leftOut describes the standbys that do not answer reads; empty if all do.
func leftOut(all []mirror.ReplicaStatus) string {
	all = slices.DeleteFunc(all, func(r mirror.ReplicaStatus) bool { return r.State == mirror.ReplicaReady })
	var texts []string
	for _, r := range all {
		texts = append(texts, fmt.Sprintf("replica %d is left out (%s)", r.Number, r.State))
	}
	return strings.Join(texts, ", ")
}
