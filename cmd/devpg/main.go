// Command devpg runs a command next to a temporary PostgreSQL and passes its address in DEV_DATABASE_URL. The migration
// targets of the Makefile use it as Atlas's dev database.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"followgraph/internal/localpg"
)

// stopTimeout limits the shutdown of the server. It has no data to keep.
const stopTimeout = 30 * time.Second

func main() {
	command := os.Args[1:]
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		fmt.Fprintln(os.Stderr, "usage: devpg -- command [argument ...]")
		os.Exit(2)
	}
	// The command receives an interrupt as well. This process continues, to clean up.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, command)
	stop()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		os.Exit(exit.ExitCode()) // the command has printed the error
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "devpg:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, command []string) (err error) {
	dir, err := os.MkdirTemp("", "followgraph-devpg-")
	if err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	server, err := localpg.Open(ctx, localpg.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		err = errors.Join(err, server.Close(stopping))
	}()
	address, err := boundToPublic(server.URL(localpg.DatabaseName))
	if err != nil {
		return err
	}
	child := exec.CommandContext(ctx, command[0], command[1:]...)
	child.Cancel = func() error { return child.Process.Signal(os.Interrupt) }
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.Env = append(os.Environ(), "DEV_DATABASE_URL="+address)
	return child.Run()
}

// boundToPublic adds the schema to the URL. Atlas then plans for one schema and writes statements without its name.
func boundToPublic(address string) (string, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("the server's URL: %w", err)
	}
	query := parsed.Query()
	query.Set("search_path", "public")
	parsed.RawQuery = query.Encode()
	return parsed.String(), nil
}
