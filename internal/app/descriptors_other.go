//go:build !unix

package app

// descriptorLimit reports that there is no limit.
func descriptorLimit() (limit uint64, ok bool) { return 0, false }
