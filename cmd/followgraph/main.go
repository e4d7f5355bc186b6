//go:build !manual

// Command followgraph serves a follow graph over GraphQL and manages its database.
//
// Exit status: 0 success; 1 failure, or a check found a problem; 2 the command line or the environment is invalid; 130
// interrupted.
package main

import "os"

func main() { os.Exit(run(os.Args[1:])) }
