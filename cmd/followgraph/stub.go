package main

import "github.com/spf13/cobra"

func newSample(c *common) *cobra.Command { return group("sample", "x") }
func newStats(c *common) *cobra.Command  { return group("stats", "x") }
