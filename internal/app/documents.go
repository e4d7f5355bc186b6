package app

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"followgraph/graph"
	"followgraph/internal/config"
	"followgraph/internal/executor"
	"followgraph/internal/httpserver"
	"followgraph/internal/persisted"
)

// documents are what clients may name or send.
type documents struct {
	parsed *executor.Documents
	named  httpserver.Persisted
}

// newDocuments loads the documents that clients may name, and pins them, so that other documents do not push them or
// their plans out. An error names every document that does not fit the schema.
func newDocuments(config config.Persisted) (documents, error) {
	d := documents{executor.NewDocuments(), httpserver.Persisted{TrustedOnly: config.TrustedOnly}}
	if config.Automatic {
		d.named.Automatic = persisted.NewAutomatic(config.AutomaticBytes)
	}
	if len(config.Documents) == 0 {
		return d, nil
	}
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	trusted, err := persisted.NewTrusted(config.Documents, schema, httpserver.MaxTokens)
	if err != nil {
		return d, err
	}
	d.named.Trusted = trusted
	d.parsed.Pin(trusted.Set().Parsed())
	return d, nil
}

// reloadOnHangup loads the trusted documents anew at each SIGHUP, until stop is called. Those that were there stay where
// the new ones cannot be used. Without trusted documents the signal keeps its meaning, and ends the process.
func (d documents) reloadOnHangup(ctx context.Context, log *slog.Logger) (stop func()) {
	if d.named.Trusted == nil {
		return func() {}
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ended:
				return
			case <-hangup:
				d.reload(ctx, log)
			}
		}
	}()
	return func() {
		signal.Stop(hangup)
		close(ended)
		<-done
	}
}

func (d documents) reload(ctx context.Context, log *slog.Logger) {
	if err := d.named.Trusted.Reload(); err != nil {
		log.ErrorContext(ctx, "the persisted documents were not replaced: those from before stay", "error", err)
		return
	}
	set := d.named.Trusted.Set()
	d.parsed.Pin(set.Parsed())
	log.InfoContext(ctx, "persisted documents replaced", "documents", set.Len(), "files", set.Files())
}
