// Command release builds what is published of a version: the container image, and the archives of the program.
//
// The same commit and the same version of Go give the same bytes on every machine and in every directory. It needs no
// Docker and no base image; `make image`, `make image-push` and `make release` run it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// run writes results to out, and the usage, if the arguments are wrong, to usage.
func run(ctx context.Context, args []string, out, usage io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	var r release
	var committed string
	flags.StringVar(&r.source, "source", ".", "`directory` of the project")
	flags.StringVar(&r.dist, "dist", "dist", "`directory` for the results")
	flags.StringVar(&r.version, "version", "", "version of the program")
	flags.StringVar(&r.commit, "commit", "", "full hash of the commit")
	flags.StringVar(&committed, "time", "", "time of the commit (RFC 3339)")
	flags.StringVar(&r.repository, "repository", "", "`URL` of the source code, for the image's annotations")
	flags.SetOutput(usage)
	flags.Usage = func() {
		fmt.Fprintln(usage, "usage: release [flags] image | push REPOSITORY[:TAG]... | archives")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if r.version == "" || r.commit == "" || committed == "" {
		return errors.New("-version, -commit and -time are required: run make in a git checkout, or set VERSION, COMMIT and COMMIT_TIME")
	}
	var err error
	if r.time, err = time.Parse(time.RFC3339, committed); err != nil {
		return fmt.Errorf("-time: %w", err)
	}
	switch command, rest := flags.Arg(0), flags.Args()[min(1, flags.NArg()):]; {
	case command == "image" && len(rest) == 0:
		return r.buildImage(ctx, out)
	case command == "push" && len(rest) > 0:
		return r.push(ctx, rest, out)
	case command == "archives" && len(rest) == 0:
		return r.buildArchives(ctx, platforms, out)
	default:
		flags.Usage()
		return errors.New("name one command: image, push or archives")
	}
}
