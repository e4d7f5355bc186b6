// Package testcluster starts what a test needs beside a single server: a primary with standbys, and poolers.
//
// Each cluster has separate servers and data directories, unlike the databases of testdb, which share one server. A
// server listens on 127.0.0.1 and on a socket, with passwords. It ends when the test ends, or its process. A machine
// without the programs fails the test.
package testcluster
