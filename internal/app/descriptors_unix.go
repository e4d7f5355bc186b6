//go:build unix

package app

import "golang.org/x/sys/unix"

// descriptorLimit returns how many files the process can open. ok is false if the limit is unknown.
func descriptorLimit() (limit uint64, ok bool) {
	var current unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &current); err != nil {
		return 0, false
	}
	return uint64(current.Cur), true //nolint:unconvert // the type is signed on FreeBSD
}
