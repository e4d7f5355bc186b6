package config

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Replicas configures standbys that answer reads.
type Replicas struct {
	URLs   []string
	MaxLag time.Duration // how far behind the primary a standby may be
}

// The limits of the replicas.
const (
	maxReplicas   = 16
	minReplicaLag = 2 * time.Second // twice the time between two questions for the position of the primary
	maxReplicaLag = 10 * time.Minute
)

func (r *Replicas) flags(flags *pflag.FlagSet) {
	flags.Var((*addresses)(&r.URLs), "replica-url",
		"standby of the database that answers reads: postgres://user:password@host/name; repeatable")
	flags.DurationVar(&r.MaxLag, "replica-max-lag", 5*time.Second, "how far behind the primary a standby may be to answer reads, 2s to 10m")
}

func (r *Replicas) validate() error {
	return errors.Join(
		when(!allPostgres(r.URLs), "--replica-url must begin with postgres:// or postgresql://"),
		when(len(r.URLs) > maxReplicas, "--replica-url may be given at most %d times, not %d", maxReplicas, len(r.URLs)),
		when(r.MaxLag < minReplicaLag || r.MaxLag > maxReplicaLag, "--replica-max-lag must be from 2s to 10m, not %s", r.MaxLag),
	)
}

func allPostgres(urls []string) bool {
	return !slices.ContainsFunc(urls, func(url string) bool { return !isPostgres(url) })
}

// CheckReplicasOf returns an error if standbys cannot be those of the private PostgreSQL.
func CheckReplicasOf(r Replicas, of Database) error {
	return when(len(r.URLs) > 0 && of.URL == "", "--replica-url needs --database-url: the private PostgreSQL has no standbys")
}

// addresses is a list of URLs, as the value of a flag that can be repeated. One value may have several, separated by
// blanks, so that a variable can have all. A comma does not separate two: an address may have several hosts.
type addresses []string

var _ pflag.SliceValue = (*addresses)(nil)

// Set adds the addresses of one value.
func (a *addresses) Set(text string) error {
	*a = append(*a, strings.Fields(text)...)
	return nil
}

// String returns the addresses in brackets, as pflag prints lists.
func (a *addresses) String() string { return "[" + strings.Join(*a, " ") + "]" }

// Type names the form of the value.
func (a *addresses) Type() string { return "URL" }

// Append adds an address.
func (a *addresses) Append(text string) error { return a.Set(text) }

// Replace replaces all addresses.
func (a *addresses) Replace(all []string) error {
	*a = nil
	return a.Set(strings.Join(all, " "))
}

// GetSlice returns the addresses.
func (a *addresses) GetSlice() []string { return *a }
