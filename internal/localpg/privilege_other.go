//go:build unix && !linux

package localpg

import "syscall"

// passThrough needs Linux's capabilities.
func passThrough(*syscall.SysProcAttr) error { return errNoPassage }
