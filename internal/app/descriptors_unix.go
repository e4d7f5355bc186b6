//go:build unix

package app

import "golang.org/x/sys/unix"

// descriptorLimit returns how many files the process may have open. ok is false where that is not known.
func descriptorLimit() (limit uint64, ok bool) {
	var current unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &current); err != nil {
		return 0, false
	}
	return uint64(current.Cur), true //nolint:unconvert // it is signed on FreeBSD
}
