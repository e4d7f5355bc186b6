// Package testcluster starts what a test needs beside a single server: poolers, and servers that replicate.
package testcluster
