//go:build !unix

package app

// descriptorLimit is not known: there is no such limit.
func descriptorLimit() (limit uint64, ok bool) { return 0, false }
