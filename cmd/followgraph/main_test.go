package main

import (
	"os"
	"testing"
)

// asProgram is the environment variable that makes the test binary run the real command line, for tests that start,
// stop and kill followgraph.
const asProgram = "FOLLOWGRAPH_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}
