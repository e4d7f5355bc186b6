package localpg

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// passThrough lets a command that runs as another user pass through directories closed to that
// user, such as a clone under /root. It is an ambient capability, because that is the one way that
// survives both the change of user and each exec down to the postmaster's children.
//
// CAP_DAC_READ_SEARCH opens directories and reads. Containers commonly withhold it from root and
// grant CAP_DAC_OVERRIDE, which includes it, so that is the second choice. Neither widens what the
// product can do over its connections: its role is no superuser and has no access to files.
func passThrough(attr *syscall.SysProcAttr) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // the kernel's version 3 needs two words
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("reading this process's capabilities: %w", err)
	}
	for _, capability := range []uintptr{unix.CAP_DAC_READ_SEARCH, unix.CAP_DAC_OVERRIDE} {
		if data[0].Permitted&(1<<capability) != 0 {
			attr.AmbientCaps = []uintptr{capability}
			return nil
		}
	}
	return errNoPassage
}
