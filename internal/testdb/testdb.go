// Package testdb gives each test a PostgreSQL database of its own, cloned from a template that has
// every migration applied.
//
// All test processes of a user share one private server, which the first starts and the last
// stops. A package's tests use it so:
//
//	func TestMain(m *testing.M) { testdb.Main(m) }
//
// A setup that fails makes the tests that need a database fail; it never skips them.
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
	// openLimit bounds starting the server, including a first initdb on a busy machine.
	openLimit = 2 * time.Minute
	// leaveLimit bounds the end, including the server's shutdown.
	leaveLimit = 90 * time.Second
	// databaseLimit bounds making or dropping one database.
	databaseLimit = time.Minute
)

// running is the session of this test process; nil outside Main.
var running atomic.Pointer[session]

// Main runs a package's tests with New and NewEmpty available, leaves the shared server and exits
// with the tests' code, or with 1 if leaving failed. The server is started by the first test that
// needs it.
func Main(m *testing.M) {
	s := newSession()
	running.Store(s)

	// An interrupted process leaves too, else the server would stay until the next test run.
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

// New gives the URL of a fresh database with all migrations applied. The database is dropped when
// the test ends, with whatever connections it still has.
func New(tb testing.TB) string {
	tb.Helper()
	return create(tb, running.Load(), (*session).cloneTemplate)
}

// NewEmpty gives the URL of a fresh database without any table; otherwise as New.
func NewEmpty(tb testing.TB) string {
	tb.Helper()
	return create(tb, running.Load(), (*session).createEmpty)
}

// NewInC gives the URL of a fresh, migrated database in the locale C, which knows no letters but A to Z; otherwise as New.
// It takes as long as the migrations do.
func NewInC(tb testing.TB) string {
	tb.Helper()
	return create(tb, running.Load(), (*session).createInC)
}

// create makes a database with build and drops it when the test ends.
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
		tb.Fatalf("testdb: making a database: %v", err)
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
