// Package testdb provides each test with a separate PostgreSQL database, cloned from a template with all migrations
// applied.
//
// All test processes of a user share one private server. The first one starts it, and the last one stops it. A package
// that uses testdb has this function:
//
//	func TestMain(m *testing.M) { testdb.Main(m) }
//
// If the setup fails, tests that need a database fail. They are never skipped.
package testdb

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	// openLimit is the time limit for starting the server, including a first initdb on a busy machine.
	openLimit = 2 * time.Minute
	// leaveLimit is the time limit for leaving, including the server's shutdown.
	leaveLimit = 90 * time.Second
	// databaseLimit is the time limit for creating or dropping one database.
	databaseLimit = time.Minute
)

// running is the session of this test process; nil outside Main.
var running atomic.Pointer[session]

// Main runs a package's tests, which can call New and NewEmpty. Then it leaves the shared server and exits with the
// tests' code, or with 1 if leaving failed. The first test that needs a database starts the server.
func Main(m *testing.M) {
	s := newSession()
	running.Store(s)

	// An interrupted process leaves, too. Otherwise the server would run until the next test run.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	go func() {
		caught := <-interrupts
		fmt.Fprintf(os.Stderr, "testdb: %v: leaving the test server\n", caught)
		leave(s)
		os.Exit(1)
	}()

	code := m.Run()
	if !leave(s) && code == 0 {
		code = 1
	}
	os.Exit(code)
}

func leave(s *session) bool {
	err := s.leave()
	if err != nil {
		fmt.Fprintf(os.Stderr, "testdb: leaving the test server: %v\n", err)
	}
	return err == nil
}

// New returns the URL of a new database with all migrations applied. The database and its connections are dropped when
// the test ends.
func New(tb testing.TB) string {
	tb.Helper()
	return create(tb, running.Load(), (*session).cloneTemplate)
}

// NewEmpty is like New, but the database has no tables.
func NewEmpty(tb testing.TB) string {
	tb.Helper()
	return create(tb, running.Load(), (*session).createEmpty)
}

// NewInC is like New, but the database has the locale C, whose only letters are A to Z. It applies the migrations each
// time, which is slower.
func NewInC(tb testing.TB) string {
	tb.Helper()
	return create(tb, running.Load(), (*session).createInC)
}

// NewWithICU is like NewInC, but the database has ICU's Greek locale, in which the lower case of a letter depends on its
// neighbours. PostgreSQL 14 has no such databases; there it is NewInC.
func NewWithICU(tb testing.TB) string {
	tb.Helper()
	return create(tb, running.Load(), (*session).createWithICU)
}

// create creates a database with build and drops it when the test ends.
func create(tb testing.TB, s *session, build func(*session, context.Context) (string, error)) string {
	tb.Helper()
	if s == nil {
		tb.Fatal("testdb: the package's TestMain must call testdb.Main")
	}
	if err := s.open(); err != nil {
		tb.Fatalf("testdb: no test server: %v", err)
	}
	// Not the test's context: that ends before the cleanups run.
	ctx, cancel := context.WithTimeout(context.Background(), databaseLimit)
	defer cancel()
	name, err := build(s, ctx)
	if err != nil {
		tb.Fatalf("testdb: creating a database: %v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), databaseLimit)
		defer cancel()
		if err := s.drop(ctx, name); err != nil {
			tb.Errorf("testdb: %v", err)
		}
	})
	return s.server.URL(name)
}
