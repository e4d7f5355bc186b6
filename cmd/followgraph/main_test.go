package main

import (
	"os"
	"testing"
)

// asProgram has the test binary be the program: what starts, stops and kills followgraph runs the real command line.
const asProgram = "FOLLOWGRAPH_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}
